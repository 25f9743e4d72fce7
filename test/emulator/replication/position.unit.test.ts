import { assert, integer, property, uniqueArray } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatLsn, parseLsn, parseStartPosition } from './lsn.ts'
import { readSnapshot } from './position.ts'

describe('a load snapshot', () => {
  test('sees what had ended before it, by 32-bit ids in any epoch', () => {
    for (const epoch of [0n, 1n, 7n]) {
      const base = (epoch << 32n) + 1000n
      const snapshot = readSnapshot(`${base}:${base + 10n}:${base + 3n},${base + 5n}`)
      const sees = [-1n, 0n, 3n, 4n, 5n, 9n, 10n, 11n].map((offset) =>
        snapshot.sees(Number((base + offset) & 0xffffffffn)),
      )
      expect(sees).toEqual([true, true, false, true, false, true, false, false])
    }
  })

  test('bridges the wrap of the 32-bit counter', () => {
    const wrap = 1n << 32n
    const snapshot = readSnapshot(`${wrap - 5n}:${wrap + 5n}:${wrap - 2n},${wrap + 1n}`)
    const low = (full: bigint): number => Number(full & 0xffffffffn)
    expect(snapshot.sees(low(wrap - 6n))).toBe(true)
    expect(snapshot.sees(low(wrap - 2n))).toBe(false)
    expect(snapshot.sees(low(wrap))).toBe(true)
    expect(snapshot.sees(low(wrap + 1n))).toBe(false)
    expect(snapshot.sees(low(wrap + 6n))).toBe(false)
  })

  test('agrees with the definition for any set of running transactions', () => {
    assert(
      property(
        uniqueArray(integer({ min: 100, max: 160 })),
        integer({ min: 90, max: 200 }),
        (running, xid) => {
          const xmin = Math.min(161, ...running)
          const snapshot = readSnapshot(`${xmin}:161:${running.join(',')}`)
          expect(snapshot.sees(xid)).toBe(xid < 161 && !running.includes(xid))
        },
      ),
    )
  })
})

describe('positions', () => {
  test('come back as PostgreSQL writes them', () => {
    expect(formatLsn(parseLsn('4AF/B00000D0'))).toBe('4AF/B00000D0')
    expect(formatLsn(parseStartPosition('checkpoint:V1#34#00000132/0F000E48#0#0#*#0#121'))).toBe(
      '132/F000E48',
    )
    expect(() => parseStartPosition('2026-11-20T00:00:00')).toThrow(/is not an LSN/)
  })
})
