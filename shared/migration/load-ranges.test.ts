import { array, assert, bigInt, integer, property, uniqueArray } from 'fast-check'
import { expect, test } from 'vitest'
import { column, index, relation } from '../preflight/clean-facts.ts'
import { loadRanges, rangeKeys, type RangeKey } from './load-ranges.ts'

const load = (table: string, bytes: string) => ({
  schema: 'shop',
  table,
  bytes,
  rows: '0',
  inserted: '0',
  updated: '0',
  deleted: '0',
})
const keyed = (name: string, ...types: string[]) =>
  relation(name, {
    columns: types.map((type, n) => column(`k${n}`, type, { notNull: true })),
    indexes: [
      index(
        'pk',
        types.map((_, n) => `k${n}`),
        { isPrimary: true },
      ),
    ],
  })

test('large tables are divided by the leading column of their primary key, where DMS takes its type', () => {
  const planned = [
    keyed('a', 'int8'),
    keyed('b', 'uuid', 'float8'),
    keyed('c', 'text'),
    keyed('d', 'float8', 'int8'),
    relation('e', { indexes: [index('u', ['id'])] }),
    keyed('small', 'int8'),
  ]
  const loads = ['a', 'b', 'c', 'd', 'e'].map((name) => load(name, '1000')).concat(load('small', '999'))
  const { keys, notes } = rangeKeys({ planned }, loads, 1000)
  expect(keys).toEqual([
    { schema: 'shop', table: 'a', column: 'k0', baseType: 'int8' },
    { schema: 'shop', table: 'b', column: 'k0', baseType: 'uuid' },
  ])
  expect(notes).toEqual([
    'shop.c is large and is loaded by one thread: DMS takes no ranges of its key’s type (text).',
    'shop.d is large and is loaded by one thread: DMS takes no ranges of its key’s type (float8).',
    'shop.e is large and is loaded by one thread: it has no primary key.',
  ])
})

const id: RangeKey = { schema: 'shop', table: 'a', column: 'id', baseType: 'int8' }
const uuid: RangeKey = { ...id, baseType: 'uuid' }
const boundaries = (
  key: RangeKey,
  values: { histogram?: string[]; ends?: [string, string] },
  segments: number,
) => {
  const known = { schema: 'shop', table: 'a', histogram: values.histogram ?? null, ends: values.ends ?? null }
  return loadRanges([key], [known], segments).ranges[0]?.boundaries.map(([value]) => value)
}

test('boundaries come from the histogram, at like distances, without its ends', () => {
  const histogram = Array.from({ length: 101 }, (_, n) => String(n * 10))
  expect(boundaries(id, { histogram }, 4)).toEqual(['250', '500', '750'])
  expect(boundaries(uuid, { histogram: ['a', 'b', 'c'] }, 2)).toEqual(['b'])
})

test('without a histogram whole numbers are divided between their ends, other keys not at all', () => {
  expect(boundaries(id, { ends: ['1', '9223372036854775807'] }, 2)).toEqual(['4611686018427387904'])
  expect(boundaries(id, { ends: ['-10', '29'] }, 4)).toEqual(['0', '10', '20'])
  expect(boundaries(id, { ends: ['7', '7'] }, 4)).toBeUndefined()
  expect(loadRanges([uuid], [], 4)).toEqual({
    ranges: [],
    notes: [expect.stringContaining('Run `ANALYZE` on it') as string],
  })
})

test('a histogram too short for the segments, or with infinity in it, is not trusted', () => {
  expect(boundaries(id, { histogram: ['1', '2', '3'], ends: ['1', '80'] }, 4)).toEqual(['21', '41', '61'])
  const dates = ['-infinity', '2026-01-01', '2026-02-01', '2026-03-01', 'infinity']
  expect(boundaries({ ...id, baseType: 'date' }, { histogram: dates }, 2)).toEqual(['2026-02-01'])
})

test('boundaries rise strictly and are fewer than the segments, whatever is known', () => {
  const sorted = (values: bigint[]) => values.sort((a, b) => (a < b ? -1 : 1)).map(String)
  assert(
    property(
      uniqueArray(bigInt(-50n, 200n), { maxLength: 101 }),
      integer({ min: 2, max: 49 }),
      (values, segments) => {
        const histogram = sorted(values)
        const found = (boundaries(id, { histogram }, segments) ?? []).map((value) => BigInt(value ?? ''))
        expect(found.length).toBeLessThan(segments)
        expect(found.every((value, n) => n === 0 || value > (found[n - 1] ?? value))).toBe(true)
      },
    ),
  )
  assert(
    property(
      array(bigInt(-(1n << 63n), (1n << 63n) - 1n), { minLength: 2, maxLength: 2 }),
      integer({ min: 2, max: 49 }),
      (ends, segments) => {
        const [low, high] = sorted(ends) as [string, string]
        const found = (boundaries(id, { ends: [low, high] }, segments) ?? []).map((value) =>
          BigInt(value ?? ''),
        )
        expect(found.length).toBeLessThan(segments)
        expect(
          found.every((value, n) => value > (found[n - 1] ?? BigInt(low)) && value <= BigInt(high)),
        ).toBe(true)
      },
    ),
  )
})
