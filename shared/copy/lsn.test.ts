import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterRecord, formatLsn, parseLsn } from './lsn.ts'

test('an LSN keeps its 64 bits there and back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }), (lsn) => {
      expect(parseLsn(formatLsn(lsn))).toBe(lsn)
    }),
  )
  expect(formatLsn(parseLsn('15/600002A8'))).toBe('15/600002A8')
  expect(() => parseLsn('15-600002A8')).toThrow(TypeError)
})

test('the position after a record carries over', () => {
  expect(afterRecord('15/600002A8')).toBe('15/600002A9')
  expect(afterRecord('15/FFFFFFFF')).toBe('16/0')
})
