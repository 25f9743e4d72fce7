import { expect, test } from 'vitest'
import { column } from '../preflight/clean-facts.ts'
import { lobKind } from './lob-columns.ts'

test.each([
  ['text', {}, 'NCLOB'],
  ['jsonb', {}, 'NCLOB'],
  ['bytea', {}, 'BLOB'],
  ['xml', {}, 'CLOB'],
  ['_int4', { isArray: true }, 'NCLOB'],
  ['address', { typeKind: 'c' }, 'NCLOB'],
  ['varchar', {}, undefined],
  ['int8', {}, undefined],
])('%s is %j to DMS', (baseType, more, kind) => {
  expect(lobKind(column('c', baseType, more))).toBe(kind)
})
