import { expect, test } from 'vitest'
import { lobStatement } from './lob-sizes.ts'

test('one aggregate for all LOB columns of a table; names are quoted, bytes are not cast to text', () => {
  const statement = lobStatement(
    { schema: 'we"ird', table: 'Docs' },
    [
      { name: 'body', kind: 'NCLOB' },
      { name: 'scan', kind: 'BLOB' },
    ],
    'LATIN1',
  )
  expect(statement).toBe(
    'select max(2::bigint * length("body"::text))::text as c0,\n  max(octet_length("scan")::bigint)::text as c1\nfrom only "we""ird"."Docs"',
  )
})
