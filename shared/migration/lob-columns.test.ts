import { assert, bigInt, property } from 'fast-check'
import { expect, test } from 'vitest'
import { column } from '../preflight/clean-facts.ts'
import { decideLobMaxKb, largestLobKb, lobKind, lobLimits, lobMaxKb } from './lob-columns.ts'

test.each([
  ['0', 32],
  ['16384', 32],
  ['16385', 64],
  ['40000', 128],
  ['52428800', 102_400],
  ['104857600', 102_400],
  ['99999999999', 102_400],
])('values up to %s bytes need %i KB', (bytes, kb) => {
  expect(lobMaxKb(BigInt(bytes))).toBe(kb)
})

test('whatever was measured, the limit is one that can be found again, and leaves room up to what DMS takes', () => {
  assert(
    property(bigInt(0n, 1n << 40n), (bytes) => {
      const kb = lobMaxKb(bytes)
      expect(lobLimits('auto')).toContain(kb)
      expect(kb === largestLobKb || BigInt(kb) * 1024n >= bytes * 2n).toBe(true)
    }),
  )
})

test('a number in the file wins over the measurement', () => {
  const maximum = {
    schema: 's',
    table: 't',
    column: 'c',
    type: 'text',
    kind: 'NCLOB',
    bytes: '900000',
  } as const
  expect(decideLobMaxKb(64, [maximum])).toBe(64)
  expect(decideLobMaxKb('auto', [maximum])).toBe(2048)
  expect(lobLimits(64)).toEqual([64])
})

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
