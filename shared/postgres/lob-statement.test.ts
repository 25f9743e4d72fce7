import { expect, test } from 'vitest'
import { exactLobStatement, sampledLobStatement } from './lob-statement.ts'

const query = {
  table: { schema: 'we"ird', table: 'Docs' },
  columns: [
    { name: 'body', kind: 'NCLOB' },
    { name: 'scan', kind: 'BLOB' },
  ],
  encoding: 'LATIN1',
} as const

test('one aggregate for all LOB columns of a table; names are quoted, bytes are not cast to text', () => {
  expect(exactLobStatement(query)).toBe(`select max(2::bigint * length(v0))::text as c0,
  max(octet_length(v1)::bigint)::text as c1
from (select "body"::text as v0, "scan" as v1 from only "we""ird"."Docs" offset 0) as measured`)
})

test('after a first look only what may be larger is counted; the result is the larger of both', () => {
  const statement = exactLobStatement(query, 0.0000012)
  expect(statement).toContain('tablesample system (0.000001)')
  expect(statement).toContain(
    'greatest((select c0 from seen), max(case when 2::bigint * octet_length(v0) <= (select c0 from seen) then null else 2::bigint * length(v0) end))::text as c0',
  )
})

test('a sample says how much it saw', () => {
  expect(sampledLobStatement(query, 12.5)).toContain('tablesample system (12.500000)')
  expect(sampledLobStatement(query, 12.5)).toContain(
    'count(distinct page)::text as pages, count(*)::text as rows',
  )
})
