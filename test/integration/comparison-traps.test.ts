import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Carrier } from '../../shared/comparison/column-rules.ts'
import {
  defaultLimits,
  type ComparedSide,
  type ComparedTable,
  type FinishedPart,
  type ResumePort,
  type TableComparison,
} from '../../shared/comparison/comparison.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import { openComparisonLab, type ComparisonLab, type LabSide } from './comparison-lab.ts'

// Ways in which a comparison may deceive: equal by what was found before, different by how a value is written, counted twice.

const dms: Carrier = { kind: 'dms', lobLimit: undefined }
const words = `insert into lab.words select case g % 2 when 0 then 'a' else 'B' end || lpad((g * 7919 % 3000)::text, 5, '0'), g from generate_series(1, 3000) g`

let lab: ComparisonLab
beforeAll(async () => {
  lab = await openComparisonLab({
    statements: [
      'create table lab.priced (id numeric primary key, v text)',
      'create table lab.refilled (id int primary key, v text)',
      `insert into lab.refilled select g, 'v' || g from generate_series(1, 5000) g`,
      'create table lab.many (id int primary key, v text)',
      `insert into lab.many select g, 'v' || g from generate_series(1, 5000) g`,
    ],
    sourceOnly: [
      'create table lab.twice (id int primary key, v text)',
      `insert into lab.twice values (1, 'one'), (2, 'two')`,
      `insert into lab.priced values (1, 'one'), (2.5, 'two'), (100, 'hundred')`,
      `create type lab.mood as enum ('calm', 'told-to-nobody')`,
      'create table lab.moods (mood lab.mood primary key)',
      `insert into lab.moods values ('calm'), ('told-to-nobody')`,
      'create table lab.words (word text collate "C" primary key, v int)',
      words,
      'vacuum analyze',
    ],
    targetOnly: [
      'create table lab.twice (id int primary key, v text)',
      `insert into lab.twice values (1, 'one'), (2, 'two')`,
      `insert into lab.priced values (1.000000, 'one'), (2.500000, 'two'), (100.000000, 'hundred')`,
      `create type lab.mood as enum ('calm')`,
      'create table lab.moods (mood lab.mood primary key)',
      `insert into lab.moods values ('calm')`,
      'create table lab.words (word text collate "en-x-icu" primary key, v int)',
      words,
      'vacuum analyze',
    ],
  })
})
afterAll(() => lab.close())

const limits = { ...defaultLimits, chunkRows: 1000 }

async function table(name: string, carrier?: Carrier): Promise<ComparedTable> {
  const found = (await lab.tables(carrier)).find(({ source }) => source.table === name)
  if (found === undefined) throw new Error(`no table ${name}`)
  return found
}

test('a numeric key is the same key whatever zeros it was written with; another value is another key', async () => {
  expect(await lab.compare({ tables: [await table('priced', dms)] })).toMatchObject([
    { kind: 'equal', rows: { source: '3', target: '3' } },
  ])
  await lab.target.client.query(`update lab.priced set v = 'three' where id = 2.5`)
  expect(await lab.compare({ tables: [await table('priced', dms)] })).toMatchObject([
    { kind: 'different', differences: [{ key: { id: '2.5' }, kind: 'changed', columns: [{ name: 'v' }] }] },
  ])
  await lab.target.client.query(`update lab.priced set v = 'two', id = 2.500001 where id = 2.5`)
  const [moved] = await lab.compare({ tables: [await table('priced', dms)] })
  expect(moved?.differences.map(({ kind, key }) => `${kind} ${key?.['id']}`).toSorted()).toEqual([
    'missing 2.5',
    'surplus 2.500001',
  ])
})

test('what was found equal before a table was emptied is not taken for its rows of now', async () => {
  const kept = new Map<string, FinishedPart>()
  const resume: ResumePort = {
    load: () => Promise.resolve([...kept.values()]),
    save: async (part) => {
      kept.set(part.id, part)
    },
    maxAgeMs: 60_000,
  }
  const run = async () => lab.compare({ limits, tables: [await table('refilled')], resume })
  expect(await run()).toMatchObject([{ kind: 'equal' }])
  const [again] = await run()
  expect(again).toMatchObject({ kind: 'equal', rows: { source: '5000' } })
  expect(again?.resumed).toBeDefined()
  await lab.target.client.query('truncate lab.refilled')
  const [emptied] = await run()
  expect(emptied?.resumed).toBeUndefined()
  expect(emptied).toMatchObject({ kind: 'different', rows: { source: '5000', target: '0' } })
})

test('a row that falls into two chunks is one difference', async () => {
  const claiming = (side: LabSide): ComparedSide => ({
    open: async (settings) => {
      const session = await side.open(settings)
      return {
        ...session,
        query: async <Row extends object>(statement: string, values?: readonly unknown[]) => {
          const rows = await session.query<Row & { key?: { order: string }[] }>(statement, values)
          if (statement.includes('pg_collation'))
            for (const row of rows) for (const one of row.key ?? []) one.order = 'one'
          return rows
        },
      }
    },
  })
  // By the target's bounds they are before the first and after the last, as the source sorts.
  const { rowCount } = await lab.source.client.query(
    `insert into lab.words select 'C' || lpad(g::text, 5, '0'), g from generate_series(1, 40) g`,
  )
  const [result] = await lab.compare({
    limits: { ...limits, chunkRows: 100 },
    tables: [await table('words')],
    source: claiming(lab.source),
    target: claiming(lab.target),
  })
  expect(result).toMatchObject({ kind: 'different', divided: 'by key', differencesFound: rowCount })
  expect(result?.differences).toHaveLength(rowCount ?? 0)
  expect(result?.differences.every(({ kind }) => kind === 'missing')).toBe(true)
})

test('two rows of one key, as a corrupt index lets in, are never equal', async () => {
  const unique = (is: boolean) =>
    lab.source.client.query(
      `update pg_index set indisunique = ${is} where indexrelid = 'lab.twice_pkey'::regclass`,
    )
  await unique(false)
  await lab.source.client.query(`insert into lab.twice values (2, 'again')`)
  await unique(true)
  const [result] = await lab.compare({ tables: [await table('twice')] })
  expect(result).toMatchObject({
    kind: 'unsettled',
    complete: false,
    rows: { source: '3', target: '2' },
  })
  expect(result?.reason).toContain('rows share a key on the source')
})

test('a value that the other side cannot read is not told by the server’s message', async () => {
  const [result] = await lab.compare({ tables: [await table('moods')], masked: true })
  expect(result).toMatchObject({ kind: 'unsettled' })
  expect(result?.reason).toContain('22P02')
  expect(JSON.stringify(result)).not.toContain('told-to-nobody')
})

test('where no marker arrives, what cannot be settled is not kept row by row without end', async () => {
  await lab.target.client.query('truncate lab.many')
  await lab.source.client.query(`insert into lab.many select g, '' from generate_series(5001, 30000) g`)
  const [result] = await lab.compare({
    tables: [await table('many')],
    settle: () => Promise.reject(new Error('no marker')),
  })
  expect(result?.kind).toBe('unsettled')
  expect(result?.unsettled).toHaveLength(10_000)
  expect(result?.reason).toContain('more than 10000 rows could not be settled')
})

test('a comparison that is ended tells what it has proven', async () => {
  const ending = new AbortController()
  const told: (readonly TableComparison[])[] = []
  let markers = 0
  let found = 0
  const ended = lab.compare({
    tables: [await table('many')],
    signal: ending.signal,
    limits: { ...limits, maxDifferencesPerTable: 1_000_000 },
    onProgress: ({ differences }) => {
      found = differences
    },
    // Two rounds of looks at the same rows prove; more rows wait than one round takes. On a busy machine the first rounds are of
    // different rows.
    settle: async () => {
      markers += 1
      if (markers < 3 || (found === 0 && markers < 8)) return
      ending.abort()
      throw new MigrationError('cancelled', 'the run was cancelled')
    },
    onCancelled: (tables) => {
      told.push(tables)
    },
  })
  await expect(ended).rejects.toMatchObject({ code: 'cancelled' })
  expect(told).toMatchObject([
    [{ kind: 'different', complete: false, reason: 'it was not compared to its end' }],
  ])
  expect(told[0]?.[0]?.differencesFound).toBeGreaterThan(0)
})
