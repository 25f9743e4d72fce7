import { array, assert, bigInt, constantFrom, integer, option, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LobMaximum } from './lob-columns.ts'
import { decideLobs } from './lob-decision.ts'
import { largestLobKb, lobLimits } from './lob-limit.ts'

const kb = 1024
const mb = 1024 * kb

function lob(table: string, bytes: number | bigint, more: Partial<LobMaximum> = {}): LobMaximum {
  return {
    schema: 'shop',
    table,
    column: 'c',
    type: 'text',
    kind: 'NCLOB',
    bytes: String(bytes),
    exact: true,
    ...more,
  }
}

const standing = (maxima: readonly LobMaximum[]) => {
  const { taskMaxKb, tables } = decideLobs('auto', maxima)
  return { taskMaxKb, tables: tables.map(({ table, maxKb }) => `${table} ${maxKb}`) }
}

describe('the limits of a task', () => {
  test.each<[string, LobMaximum[], number, string[]]>([
    ['no LOB at all', [], 32, []],
    ['one table', [lob('a', 10 * mb)], 32_768, []],
    ['small ones', [lob('a', 10), lob('b', 16 * kb)], 32, []],
    ['four times is not enough', [lob('a', 16 * kb), lob('b', 64 * kb)], 128, []],
    [
      'eight times is: 3 × for the binary form and 2 × to grow',
      [lob('a', 10), lob('b', 128 * kb)],
      32,
      ['b 1024'],
    ],
    [
      'each gets its own',
      [lob('a', 10), lob('b', 10), lob('c', mb), lob('d', 9 * mb)],
      32,
      ['c 8192', 'd 65536'],
    ],
    [
      'the largest column of a table counts',
      [lob('a', 10), lob('b', 10), lob('b', mb, { column: 'd' })],
      32,
      ['b 8192'],
    ],
    ['many are not an exception', [lob('a', 10), lob('b', mb), lob('c', mb)], 2048, []],
    [
      'but one among those is',
      [lob('a', 10), lob('b', mb), lob('c', mb), lob('d', 16 * mb)],
      2048,
      ['d 102400'],
    ],
    [
      'a limit of its own that could not hold it',
      [lob('a', 10), lob('b', 10), lob('c', 40 * mb)],
      81_920 + 20_480,
      [],
    ],
    ['room to grow gives way to DMS’s limit', [lob('a', 10), lob('b', 30 * mb)], 32, ['b 102400']],
    ['over what DMS can', [lob('a', 10), lob('b', 200 * mb)], 102_400, []],
    [
      'partitions go together',
      [
        lob('a', 10),
        lob('b', 10),
        lob('v_1', 10, { family: 'shop.v' }),
        lob('v_2', mb, { family: 'shop.v' }),
      ],
      32,
      ['v_1 8192', 'v_2 8192'],
    ],
    [
      'names, not order, say which comes first',
      [lob('z', mb), lob('a', 10), lob('b', mb), lob('c', 10)],
      32,
      ['b 8192', 'z 8192'],
    ],
  ])('%s', (_, maxima, taskMaxKb, tables) => {
    expect(standing(maxima)).toEqual({ taskMaxKb, tables })
  })

  test('a number in the file holds for all', () => {
    expect(decideLobs(64, [lob('a', 10), lob('b', mb)])).toEqual({ taskMaxKb: 64, tables: [] })
  })

  test('the same table name in two schemas is two tables', () => {
    const other = lob('b', 10, { schema: 'billing' })
    expect(decideLobs('auto', [lob('a', 10), other, lob('b', mb)]).tables).toEqual([
      { schema: 'shop', table: 'b', maxKb: 8192 },
    ])
  })
})

test('whatever was measured: every value fits twice, three times where the table has a limit of its own, or DMS cannot', () => {
  const maximum = record({
    table: constantFrom('a', 'b', 'c', 'd', 'e'),
    column: constantFrom('x', 'y'),
    bits: integer({ min: 0, max: 32 }),
    low: bigInt(0n, 1n << 32n),
  })
  // A table has one root, whatever its columns.
  const root = option(constantFrom('p', 'q'), { nil: undefined })
  const roots = record({ a: root, b: root, c: root, d: root, e: root })
  assert(
    property(array(maximum, { maxLength: 12 }), roots, (rows, families) => {
      const maxima = rows.map(({ table, column, bits, low }) => {
        const family = families[table]
        return lob(table, low >> BigInt(bits), { column, ...(family === undefined ? {} : { family }) })
      })
      const { taskMaxKb, tables } = decideLobs('auto', maxima)
      expect(lobLimits('auto')).toContain(taskMaxKb)
      for (const { table, bytes } of maxima) {
        const own = tables.find((one) => one.table === table)
        const limit = BigInt((own?.maxKb ?? taskMaxKb) * kb)
        const wanted = BigInt(bytes) * (own === undefined ? 2n : 6n)
        expect(limit >= wanted || limit === BigInt(largestLobKb * kb)).toBe(true)
        expect(own === undefined || limit >= BigInt(bytes) * 3n).toBe(true)
      }
    }),
  )
})
