import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  defaultLimits,
  type ComparedSide,
  type ComparedTable,
  type ComparisonProgress,
  type FinishedPart,
  type ResumePort,
} from '../../shared/comparison/comparison.ts'
import { openSession, type Session } from '../../shared/postgres/session.ts'
import { openComparisonLab, type ComparisonLab, type LabSide } from './comparison-lab.ts'

let lab: ComparisonLab
let tables: Map<string, ComparedTable>

const words = `insert into lab.words select case g % 4 when 0 then 'a' when 1 then 'B' when 2 then '-c' else 'Ä' end || lpad((g * 7919 % 3000)::text, 5, '0'), g from generate_series(1, 3000) g`

beforeAll(async () => {
  lab = await openComparisonLab({
    statements: [
      'create table lab.items (id int primary key, v text, n numeric, f float8, at timestamp, c char(5), data jsonb)',
      `insert into lab.items select g, 'v' || g, g / 8.0, g / 7.0, timestamp '2026-01-01' + make_interval(secs => g), 'c', '{"a": 1}' from generate_series(1, 20000) g`,
      'create table lab.hot (id int primary key, v int)',
      'insert into lab.hot values (1, 0), (2, 0)',
    ],
    sourceOnly: [
      'create table lab.words (word text collate "C" primary key, v int)',
      words,
      'vacuum analyze',
    ],
    targetOnly: [
      'create table lab.words (word text collate "en-x-icu" primary key, v int)',
      words,
      'vacuum analyze',
    ],
  })
  tables = new Map((await lab.tables()).map((table) => [table.source.table, table]))
})
afterAll(() => lab.close())

function table(name: string): ComparedTable {
  const found = tables.get(name)
  if (found === undefined) throw new Error(`no table ${name}`)
  return found
}

const limits = { ...defaultLimits, chunkRows: 1000 }
const small = { ...defaultLimits, chunkRows: 100 }

/** Statements that a comparison sent, by side. */
function counting(side: LabSide, sent: string[]): ComparedSide {
  return {
    open: async (settings) => {
      const session = await side.open(settings)
      const counted: Session = {
        ...session,
        query: (statement, values) => {
          sent.push(statement)
          return session.query(statement, values)
        },
      }
      return counted
    },
  }
}

test('text that the two servers sort otherwise is divided by hash, and nothing is overlooked', async () => {
  const equal = await lab.compare({ limits: small, tables: [table('words')] })
  expect(equal).toMatchObject([
    { kind: 'equal', divided: 'by hash of the key', rows: { source: '3000', target: '3000' }, chunks: 2 },
  ])
  await lab.target.client.query(
    `update lab.words set v = -1 where word = 'B00002'; delete from lab.words where word like 'a00%4'`,
  )
  const { rowCount: gone } = await lab.source.client.query(`select from lab.words where word like 'a00%4'`)
  const { rowCount: changed } = await lab.source.client.query(`select from lab.words where word = 'B00002'`)
  const [result] = await lab.compare({ limits: small, tables: [table('words')] })
  expect(result?.differencesFound).toBe((gone ?? 0) + (changed ?? 0))
  await lab.target.client.query('truncate lab.words')
  await lab.target.client.query(words)
})

test('ranges are right also where the other side sorts otherwise: only slower', async () => {
  // As if the statistics had not told it: the same order is said of both.
  const tied = await sortedByForce()
  const [equal] = await lab.compare({ limits: small, tables: [table('words')], ...tied })
  expect(equal).toMatchObject({ kind: 'equal', divided: 'by key' })
  await lab.target.client.query(`update lab.words set v = v + 1 where word = 'Ä00001' or v in (17, 2711)`)
  const [result] = await lab.compare({ limits: small, tables: [table('words')], ...tied })
  expect(result?.differences.map(({ kind }) => kind)).toEqual(result?.differences.map(() => 'changed'))
  expect(result?.differencesFound).toBeGreaterThanOrEqual(2)
  await lab.target.client.query('truncate lab.words')
  await lab.target.client.query(words)
})

/** Sides whose shapes claim one order for all keys. */
async function sortedByForce(): Promise<{ source: ComparedSide; target: ComparedSide }> {
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
  return { source: claiming(lab.source), target: claiming(lab.target) }
}

test('what was finished is not read again, until it is too old', async () => {
  const kept = new Map<string, FinishedPart>()
  const resume = (maxAgeMs: number): ResumePort => ({
    load: () => Promise.resolve([...kept.values()]),
    save: async (part) => {
      kept.set(part.id, part)
    },
    maxAgeMs,
  })
  const run = async (maxAgeMs: number) => {
    const sent: string[] = []
    const source = counting(lab.source, sent)
    const some = [table('items'), table('hot')]
    const results = await lab.compare({ limits, tables: some, source, resume: resume(maxAgeMs) })
    return { results, sums: sent.filter((statement) => statement.includes(' as sum ')).length }
  }
  await lab.target.client.query(`update lab.items set v = 'other' where id = 15500`)
  const first = await run(60_000)
  expect(first.results.map(({ kind }) => kind)).toEqual(['different', 'equal'])
  expect(first.sums).toBeGreaterThan(20)
  await lab.target.client.query(`update lab.items set v = 'v15500' where id = 15500`)
  const second = await run(60_000)
  expect(second.results).toMatchObject([
    {
      kind: 'equal',
      rows: { source: '20000', target: '20000' },
      resumed: { chunks: 15 },
      chunks: first.results[0]?.chunks,
    },
    { kind: 'equal', resumed: { chunks: 1 } },
  ])
  expect(second.sums).toBeLessThan(8)
  const third = await run(60_000)
  expect(third.sums).toBe(0)
  expect(third.results.map(({ kind }) => kind)).toEqual(['equal', 'equal'])
  const old = await run(-1)
  expect(old.sums).toBeGreaterThan(20)
  expect(old.results[0]?.resumed).toBeUndefined()
})

test('a cancelled comparison ends at once, and nothing of it is left on the servers', async () => {
  const controller = new AbortController()
  const holder = await lab.target.connect()
  await holder.query('begin; lock table lab.items')
  const open = (side: LabSide): ComparedSide => ({
    open: (settings) =>
      openSession(side.login, {
        label: 'lab',
        application: side.application,
        signal: controller.signal,
        settings: { ...settings, lock_timeout: '60s' },
      }),
  })
  try {
    const running = lab
      .compare({
        tables: [table('items')],
        source: open(lab.source),
        target: open(lab.target),
        signal: controller.signal,
      })
      .catch((error: unknown) => error)
    await expect
      .poll(() => sessions(lab.target, "and wait_event_type = 'Lock'"), { timeout: 10_000 })
      .toBeGreaterThan(0)
    const startedAt = performance.now()
    controller.abort()
    expect(await running).toMatchObject({ code: 'cancelled' })
    expect(performance.now() - startedAt).toBeLessThan(5000)
    await expect.poll(() => sessions(lab.target, ''), { timeout: 5000 }).toBe(0)
    await expect.poll(() => sessions(lab.source, ''), { timeout: 5000 }).toBe(0)
  } finally {
    await holder.end()
  }
})

test('never more sessions than allowed', async () => {
  let [open, most] = [0, 0]
  const bounded = (side: LabSide): ComparedSide => ({
    open: async (settings) => {
      open += 1
      most = Math.max(most, open)
      return side.open(settings)
    },
  })
  const results = await lab.compare({
    limits: { ...limits, maxConnections: 1 },
    source: bounded(lab.source),
    tables: [...tables.values()],
  })
  expect(results.map(({ kind }) => kind)).toEqual(['equal', 'equal', 'equal'])
  expect(most).toBe(1)
})

test('while others are at work no chunk begins, and it says why', async () => {
  const busy = await lab.source.connect()
  const work = busy.query('select pg_sleep(2.5)')
  const progress: ComparisonProgress[] = []
  const startedAt = performance.now()
  const results = await lab.compare({
    limits: { ...limits, maxLoad: 0 },
    tables: [table('hot')],
    onProgress: (one) => progress.push(one),
  })
  expect(performance.now() - startedAt).toBeGreaterThan(2000)
  await work
  await busy.end()
  expect(results[0]?.kind).toBe('equal')
  expect(lab.lines).toContain('compare paused: 1 backends are active on the source, max-load is 0')
  expect(progress.some(({ paused }) => paused?.includes('on the source') ?? false)).toBe(true)
  expect(progress.at(-1)).toMatchObject({ tables: { done: 1, all: 1 }, rows: 2n, differences: 0 })
})

test('a chunk that takes too long is halved', async () => {
  // Everything beyond a few thousand rows is made to take too long, by a side that says so itself.
  let refused = 0
  const slow: ComparedSide = {
    open: async (settings) => {
      const session = await lab.source.open(settings)
      return {
        ...session,
        query: async <Row extends object>(statement: string, values?: readonly unknown[]) => {
          const rows = await session.query<Row & { rows?: string }>(statement, values)
          if (statement.includes(' as sum ') && Number(rows[0]?.rows) > 6000) {
            refused += 1
            await session.query("select set_config('statement_timeout', '1ms', false)")
            try {
              await session.query('select pg_sleep(1)')
            } finally {
              await session.query("select set_config('statement_timeout', '60s', false)")
            }
          }
          return rows
        },
      }
    },
  }
  const [result] = await lab.compare({
    limits: { ...limits, chunkRows: 10_000 },
    source: slow,
    tables: [table('items')],
  })
  expect(refused).toBeGreaterThan(0)
  expect(result).toMatchObject({ kind: 'equal', rows: { source: '20000', target: '20000' } })
})

async function sessions(side: LabSide, more: string): Promise<number> {
  const { rows } = await side.client.query<{ count: string }>(
    `select count(*) from pg_stat_activity where application_name = $1 ${more}`,
    [side.application],
  )
  return Number(rows[0]?.count)
}
