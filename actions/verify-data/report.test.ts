import { describe, expect, test } from 'vitest'
import type { ShownValue, TableComparison } from '../../shared/comparison/comparison.ts'
import type { ObjectParity } from '../../shared/parity/judge-parity.ts'
import { acceptObjects, assess, keptResult, type Seen } from './assess.ts'
import type { LeftTable } from './choose-tables.ts'
import { report, stillRunningReport, type Proof } from './report.ts'

const compared = (table: string, more: Partial<TableComparison> = {}): TableComparison => ({
  table: {
    source: { schema: 'shop', table },
    target: { schema: 'shop', table },
    columns: [],
    key: ['id'],
  },
  kind: 'equal',
  rows: { source: '10', target: '10' },
  chunks: 1,
  divided: 'by key',
  differences: [],
  differencesFound: 0,
  complete: true,
  unsettled: [],
  coverage: [{ name: 'id', said: 'compared', compared: true }],
  ms: 12,
  rechecks: 0,
  ...more,
})
const masked: ShownValue = { isNull: false, bytes: 12, digest: 'abcdef0123456789' }
const differing = compared('orders', {
  kind: 'different',
  differencesFound: 1,
  differences: [
    {
      key: { id: '7' },
      kind: 'changed',
      columns: [{ name: 'note', source: masked, target: { ...masked, digest: '0011223344' } }],
    },
  ],
})
const parity: ObjectParity = {
  counts: [{ kind: 'index', source: 3, target: 2 }],
  differences: [
    { kind: 'index', name: 'shop.a: i_[x]', how: 'missing', source: 'CREATE INDEX …', target: null },
  ],
  expected: [],
  minor: [],
  unjudged: [],
  sequences: { all: 2, behind: ['shop.s'] },
}
const same: ObjectParity = { ...parity, differences: [] }
const left = (found: LeftTable['found']): LeftTable => ({
  schema: 'shop',
  table: 'x',
  found,
  reason: 'because',
})
const told = (seen: Seen, proof: Proof = 'markers') =>
  report({
    ...seen,
    comparison: { id: 'one', resumed: false },
    proof,
    masked: true,
    assessment: assess(seen),
  })
const objects = { kind: 'compared', parity: same } as const

describe('the verdict', () => {
  test.each<[string, Seen, string]>([
    ['all equal', { tables: [compared('a')], left: [], objects }, 'equal'],
    ['a table left out as asked', { tables: [compared('a')], left: [left('skipped')], objects }, 'equal'],
    ['a row', { tables: [compared('a'), differing], left: [], objects }, 'different'],
    ['an object', { tables: [compared('a')], left: [], objects: { kind: 'compared', parity } }, 'different'],
    [
      'a table that one side lacks',
      { tables: [compared('a')], left: [left('different')], objects },
      'different',
    ],
    [
      'rows that never settle',
      { tables: [compared('a', { kind: 'unsettled', reason: 'no marker arrived' })], left: [], objects },
      'could-not-verify',
    ],
    [
      'a difference and rows that never settle',
      { tables: [differing, compared('a', { kind: 'unsettled' })], left: [], objects },
      'different',
    ],
    [
      'a table that cannot be compared',
      {
        tables: [compared('a'), compared('b', { kind: 'skipped', reason: 'it has no column' })],
        left: [],
        objects,
      },
      'could-not-verify',
    ],
    [
      'objects that could not be read',
      { tables: [compared('a')], left: [], objects: { kind: 'unknown', reason: 'no right' } },
      'could-not-verify',
    ],
    ['nothing compared at all', { tables: [], left: [left('skipped')], objects }, 'could-not-verify'],
  ])('%s', (_, seen, state) => {
    const outcome = told(seen)
    expect(outcome.outputs['state']).toBe(state)
    expect(outcome.failed).toBe(state !== 'equal')
  })

  test('the verdict comes first, then what needs a look; a masked value is its length and digest', () => {
    const { summary, headline, outputs } = told({ tables: [compared('a'), differing], left: [], objects })
    expect(headline).toBe('different: 1 row in shop.orders')
    expect(summary.startsWith('## ❌ verify-data: different: 1 row in shop.orders\n')).toBe(true)
    expect(summary).toContain(
      '| shop.orders | id=7 | differs | note | 12 bytes, abcdef01 | 12 bytes, 00112233 |',
    )
    expect(summary.indexOf('Rows that differ')).toBeLessThan(summary.indexOf('<details>'))
    expect(summary).toContain('1 of 2 sequences are behind')
    expect(JSON.parse(outputs['result'] ?? '')).toMatchObject({
      state: 'different',
      differingRows: 1,
      proof: 'markers',
      tables: [{ table: 'shop.orders', verdict: 'different', differences: 1 }],
    })
  })

  test('a row that one side lacks is one line where values are masked, and has all its values where they are not', () => {
    const lacking = (value: ShownValue) =>
      told({
        tables: [
          compared('orders', {
            kind: 'different',
            differencesFound: 1,
            differences: [
              {
                key: { id: '8' },
                kind: 'missing',
                columns: ['id', 'note'].map((name) => ({ name, source: value })),
              },
            ],
          }),
        ],
        left: [],
        objects,
      })
        .summary.split('\n')
        .filter((line) => line.includes('id=8'))
    expect(lacking(masked)).toEqual(['| shop.orders | id=8 | missing on the target | | | |'])
    expect(lacking({ ...masked, text: 'seen' })).toEqual([
      '| shop.orders | id=8 | missing on the target | id | seen | |',
      '| shop.orders | id=8 | missing on the target | note | seen | |',
    ])
  })

  test('a table that was given up at its limit says that there may be more', () => {
    const many = compared('orders', { kind: 'different', differencesFound: 100, complete: false })
    expect(told({ tables: [many], left: [], objects }).headline).toBe(
      'different: at least 100 rows in shop.orders',
    )
  })

  test('a difference beside a table that was not compared to its end is a lower bound', () => {
    const some = compared('orders', { kind: 'different', differencesFound: 2 })
    const ended = compared('lines', { kind: 'unsettled', complete: false, reason: 'not compared to its end' })
    const { headline, summary } = told({ tables: [some, ended], left: [], objects })
    expect(headline).toBe('different: at least 2 rows in shop.orders')
    expect(summary).toContain('shop.lines: not compared to its end')
  })

  test('columns that were not compared are in the first line of what is equal', () => {
    const coverage = [{ name: 'file', compared: false, said: 'not compared: an oid' }]
    const { headline } = told({
      tables: [compared('a', { coverage })],
      left: [],
      objects: { kind: 'not-asked' },
    })
    expect(headline).toBe('equal: 10 rows in 1 tables, 1 column not compared')
  })

  test('proof by time says that it is the weaker one', () => {
    const { headline, summary } = told({ tables: [compared('a')], left: [], objects }, { settleMs: 60_000 })
    expect(headline).toContain('(proof by time only)')
    expect(summary).toContain('Proof by time only')
  })

  test('a run that max-wait ended is neither good nor bad, and says how to go on', () => {
    const progress = { tables: { done: 3, all: 9 }, rows: 40n, differences: 0, unsettled: 0, elapsedMs: 1 }
    const facts = { proof: 'markers', masked: true, objects, left: [] } as const
    const kept = stillRunningReport(progress, { ...facts, comparison: { id: 'one', resumed: true } })
    expect(kept.failed).toBeUndefined()
    expect(kept.outputs).toMatchObject({ state: 'still-running', 'tables-compared': '3' })
    expect(kept.summary).toContain('goes on from there')
    expect(stillRunningReport(undefined, { ...facts, comparison: undefined }).summary).toContain(
      'begins anew',
    )
    const busy = stillRunningReport(undefined, { ...facts, comparison: undefined }, 'another run is at work')
    expect(busy.headline).toBe('not begun: another run is at work')
    expect(busy.summary).toContain('let the other run end')
  })
})

test('the file accepts objects by name, and what it accepts in vain is told', () => {
  const rule = (object: string) => ({ object, reason: 'For a reason' })
  const { parity: left, idle } = acceptObjects(parity, [rule('index shop.a: i_[x]'), rule('view %')])
  expect(left.differences).toEqual([])
  expect(left.expected).toMatchObject([
    { name: 'shop.a: i_[x]', why: expect.stringContaining('For a reason') as string },
  ])
  expect(idle).toEqual(['view %'])
  expect(acceptObjects(parity, [rule('index shop.a: iy[x]')]).parity.differences).toHaveLength(1)
})

test('what is kept on the source has no value of a row', () => {
  const plain: ShownValue = { ...masked, text: 'a secret value' }
  const shown = {
    ...differing,
    differences: [
      {
        key: { id: '7' },
        kind: 'changed' as const,
        columns: [{ name: 'note', source: plain, target: plain }],
      },
    ],
  }
  const kept = keptResult({ tables: [shown], left: [left('skipped')], objects })
  expect(JSON.stringify(kept)).not.toContain('secret')
  expect(kept.tables).toMatchObject([
    { table: 'orders', found: 'different', differences: 1 },
    { table: 'x', found: 'skipped', reason: 'because' },
  ])
})
