import { assert, bigInt, property } from 'fast-check'
import { expect, test } from 'vitest'
import { fitsTableLimit, largestLobKb, lobLimits, lobMaxKb, tableLobMaxKb } from './lob-limit.ts'

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

test('a number in the file is the only limit', () => {
  expect(lobLimits(64)).toEqual([64])
})

test.each([
  ['0', 32],
  ['5461', 32],
  ['5462', 64],
  ['2000000', 16_384],
  ['99999999999', 102_400],
])(
  'a table of its own with values up to %s bytes needs %i KB: DMS asks for three times as much',
  (bytes, kb) => {
    expect(tableLobMaxKb(BigInt(bytes))).toBe(kb)
  },
)

test('a limit of its own holds a third of 100 MB', () => {
  expect(fitsTableLimit(34_952_533n)).toBe(true)
  expect(fitsTableLimit(34_952_534n)).toBe(false)
})
