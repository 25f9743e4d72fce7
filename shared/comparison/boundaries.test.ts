import { describe, expect, test } from 'vitest'
import { boundsByStatistics, halved, hashParts, partsOf, rowsPerChunk, type Walk } from './boundaries.ts'
import type { ChunkPart } from './row-statements.ts'
import type { SideShape } from './shapes.ts'

const keyColumn = {
  name: 'id',
  type: 'bigint',
  notNull: true,
  operators: 'pg_catalog',
  order: '',
  collation: null,
  correlation: 1,
  distinct: -1,
  histogram: null,
}
const shape: SideShape = {
  kind: 'r',
  encoding: 'UTF8',
  tuples: 1000,
  bytes: 100_000,
  files: '16384',
  key: [keyColumn],
}
const limits = { chunkRows: 10_000, chunkBytes: 1_000_000 }

describe('rows of a chunk', () => {
  test('are fewer where they are wide', () => {
    expect(rowsPerChunk(limits, shape, shape)).toBe(10_000)
    expect(rowsPerChunk(limits, shape, { ...shape, bytes: 500_000 })).toBe(2000)
    expect(rowsPerChunk(limits, shape, { ...shape, bytes: 500_000_000 })).toBe(1000)
  })

  test('are more where each chunk reads all over the table', () => {
    const scattered = { ...shape, key: [{ ...keyColumn, correlation: 0.01 }] }
    expect(rowsPerChunk(limits, scattered, shape)).toBe(40_000)
  })

  test('by hash are few parts, since each reads the whole table', () => {
    expect([0, 40_000, 40_001, 1e9].map((rows) => hashParts(rows, 10_000))).toEqual([1, 1, 2, 8])
  })
})

/** A table whose keys are the numbers below `end`. */
function walkTo(end: number, asked: number[] = []): Walk {
  return async (from, skip) => {
    asked.push(skip)
    const next = Number(from?.[0] ?? 0) + skip
    return next < end ? [String(next)] : undefined
  }
}

async function allOf(parts: AsyncIterable<ChunkPart>): Promise<ChunkPart[]> {
  const all: ChunkPart[] = []
  for await (const part of parts) all.push(part)
  return all
}

describe('parts', () => {
  const base = {
    division: { kind: 'key' } as const,
    source: { ...shape, bytes: 1e9 },
    target: shape,
    bounds: [],
    from: null,
  }

  test('touch each other and are open at both ends', async () => {
    const parts = await allOf(partsOf({ ...base, chunkRows: 10, walk: walkTo(25) }))
    expect(parts.map((part) => part.kind === 'range' && part.range)).toEqual([
      { from: null, to: ['10'] },
      { from: ['10'], to: ['20'] },
      { from: ['20'], to: null },
    ])
  })

  test('begin where an earlier run ended', async () => {
    const parts = await allOf(partsOf({ ...base, from: ['15'], chunkRows: 10, walk: walkTo(20) }))
    expect(parts.map((part) => part.kind === 'range' && part.range)).toEqual([{ from: ['15'], to: null }])
  })

  test('go by known bounds, then by the index, since there may be more behind the last', async () => {
    const given = { ...base, bounds: ['5', '20'], chunkRows: 10 }
    const parts = await allOf(partsOf({ ...given, walk: walkTo(35) }))
    expect(parts.map((part) => part.kind === 'range' && part.range)).toEqual([
      { from: null, to: ['5'] },
      { from: ['5'], to: ['20'] },
      { from: ['20'], to: ['30'] },
      { from: ['30'], to: null },
    ])
    const later = await allOf(partsOf({ ...given, from: ['5'], walk: walkTo(25) }))
    expect(later.map((part) => part.kind === 'range' && part.range)).toEqual([
      { from: ['5'], to: ['20'] },
      { from: ['20'], to: null },
    ])
    const unknown = await allOf(partsOf({ ...given, from: ['7'], walk: walkTo(20) }))
    expect(unknown.map((part) => part.kind === 'range' && part.range)).toEqual([
      { from: ['7'], to: ['17'] },
      { from: ['17'], to: null },
    ])
  })

  test('of a table that cannot hold more rows are one, and nobody is asked', async () => {
    const asked: number[] = []
    const small = { ...shape, bytes: 28 * 10 }
    const given = { ...base, source: small, target: small, chunkRows: 10, walk: walkTo(25, asked) }
    expect(await allOf(partsOf(given))).toHaveLength(1)
    expect(asked).toEqual([])
  })

  test('of a table without a key go by hash', async () => {
    const given = { ...base, division: { kind: 'multiset' } as const, chunkRows: 100, walk: walkTo(0) }
    const parts = await allOf(partsOf(given))
    expect(parts.map((part) => part.kind === 'hash' && part.part)).toEqual([
      { index: 0, of: 3 },
      { index: 1, of: 3 },
      { index: 2, of: 3 },
    ])
  })
})

describe('bounds by statistics', () => {
  const histogram = ['0', '100', '200', '300', '400']
  const known = (more: object, tuples = 1000): SideShape => ({
    ...shape,
    tuples,
    key: [{ ...keyColumn, histogram, ...more }],
  })

  test('have about as many rows between them', () => {
    expect(boundsByStatistics(known({}), 500)).toEqual(['200'])
    expect(boundsByStatistics(known({}), 250)).toEqual(['100', '200', '300'])
    expect(boundsByStatistics(known({}), 125)).toEqual(['50', '100', '150', '200', '250', '300', '350'])
  })

  test('are not guessed within other types, unless chunks stay small', () => {
    const uuid = { type: 'uuid' }
    expect(boundsByStatistics(known(uuid), 100)).toEqual(['100', '200', '300'])
    expect(boundsByStatistics(known(uuid), 50)).toEqual([])
  })

  test('are none where the first column has few values, or was never analyzed, or one chunk holds all', () => {
    expect(boundsByStatistics(known({ distinct: 7 }), 250)).toEqual([])
    expect(boundsByStatistics(known({ histogram: null }), 250)).toEqual([])
    expect(boundsByStatistics(known({}), 1000)).toEqual([])
  })
})

test('a range that took too long is halved, unless there is nothing to halve', async () => {
  expect(await halved({ from: null, to: ['20'] }, 20, walkTo(100))).toEqual([
    { from: null, to: ['10'] },
    { from: ['10'], to: ['20'] },
  ])
  expect(await halved({ from: ['5'], to: ['6'] }, 2, walkTo(100))).toBeUndefined()
  expect(await halved({ from: ['99'], to: null }, 20, walkTo(100))).toBeUndefined()
})
