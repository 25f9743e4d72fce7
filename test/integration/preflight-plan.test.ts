import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approvedPlan } from '../../shared/control/approved-plan.ts'
import { readLatestPlan } from '../../shared/control/plan-store.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { decodeDecisions } from '../../shared/migration/decisions-text.ts'
import { planDigest } from '../../shared/migration/digest.ts'
import { decisionsOf } from '../../shared/migration/plan-decisions.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import { readTableStatistics } from '../../shared/postgres/preflight-facts.ts'
import { decide } from '../../shared/preflight/decide.ts'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

const rows = 24_000
const events = 80_000
const tables = `
  set role shop_owner;
  create table shop.events (id bigint primary key, note varchar(40)) partition by hash (id);
  do $$ begin for n in 0..63 loop execute format(
    'create table shop.events_%s partition of shop.events for values with (modulus 64, remainder %s)',
    lpad(n::text, 2, '0'), n); end loop; end $$;
  create table shop.ledger (id bigint primary key, pad varchar(120) not null);
  reset role;
  grant select, insert, update, delete on all tables in schema shop to shop_app;`
const contents = `
  insert into shop.ledger select n * 10, repeat(md5(n::text), 3) from generate_series(1, ${rows}) as n;
  insert into shop.events select n, repeat('x', 40) from generate_series(1, ${events}) as n;
  analyze shop.ledger; analyze shop.events;`

let stack: MigrationStack
beforeAll(async () => {
  stack = await openMigrationStack('preflight plan')
  await Promise.all([
    stack.pair.sql('source', tables + contents),
    stack.pair.sql(
      'target',
      `${tables} grant select, insert, update, delete, truncate on all tables in schema shop to dms_target`,
    ),
  ])
  await stack.rewrite('empty-target: truncate\n', (text) =>
    text.replace(
      '  ssl-mode: none\n',
      '  ssl-mode: none\n  tasks: { max: 4 }\n  parallel-load: { from: 2MB, segments: 4 }\n',
    ),
  )
})
afterAll(() => stack.close())

/** What preflight decides of the source as it is. */
async function decided() {
  const { migration, catalogue } = await stack.planFacts()
  const source = await stack.pair.session('source')
  const statistics = { known: true as const, value: await readTableStatistics(source, catalogue) }
  const before = source.roundTrips
  const { decisions, notes } = await decide(source, migration, { catalogue, lobs: [], statistics })
  const statements = source.roundTrips - before
  const plan = buildPlan(migration, { source: catalogue, decisions })
  return { migration, catalogue, statistics: statistics.value, source, decisions, notes, plan, statements }
}

const shown = ({ schema, table }: { schema: string; table: string }) => `${schema}.${table}`

describe(
  'the plan of a database with foreign keys, 64 partitions and a large table',
  { timeout: 60_000 },
  () => {
    test('every table is in one of four tasks, foreign keys never lead out of one, the work is spread', async () => {
      const { plan, statistics, notes } = await decided()
      const taskOf = new Map(
        plan.tasks.flatMap((task) => task.tables.map((name) => [shown(name), task.identifier])),
      )
      const planned = statistics.map(shown)
      expect([...taskOf.keys()].sort()).toEqual([...planned].sort())
      expect(plan.tasks).toHaveLength(4)
      expect(plan.tasks.flatMap(({ tables: carried }) => carried)).toHaveLength(planned.length)

      const keys = await stack.pair.sql(
        'source',
        `select distinct conrelid::regclass::text as "from", confrelid::regclass::text as "to" from pg_constraint
       where contype = 'f' and conrelid <> confrelid`,
      )
      const crossing = keys.filter(({ from, to }) => {
        const [a, b] = [taskOf.get(String(from)), taskOf.get(String(to))]
        return a !== undefined && b !== undefined && a !== b
      })
      expect(keys.length).toBeGreaterThan(5)
      expect(crossing).toEqual([])

      const partitions = [...taskOf.keys()].filter((name) => /^shop\.events_\d\d$/u.test(name))
      expect(partitions).toHaveLength(64)
      expect(new Set(partitions.map((name) => taskOf.get(name))).size).toBeGreaterThan(1)
      expect(notes.join('\n')).toContain('The 64 partitions of shop.events are spread over the tasks')
      const bytes = plan.tasks.map(({ tables: carried }) =>
        carried.reduce(
          (sum, name) => sum + Number(statistics.find((one) => shown(one) === shown(name))?.bytes ?? 0),
          0,
        ),
      )
      expect(Math.max(...bytes) / (bytes.reduce((sum, one) => sum + one, 0) / 4)).toBeLessThan(1.3)
    })

    test('the large table is divided by its key from PostgreSQL’s statistics, in one statement, into like parts', async () => {
      const { decisions, statements } = await decided()
      // One for the histograms, and one that looks for a control schema.
      expect(statements).toBe(2)
      expect(decisions.ranges).toMatchObject([{ schema: 'shop', table: 'ledger', columns: ['id'] }])
      const boundaries = decisions.ranges[0]?.boundaries.map(([value]) => value) ?? []
      expect(boundaries).toHaveLength(3)
      const parts = await stack.pair.sql(
        'source',
        'select width_bucket(id, $1::bigint[]) as part, count(*)::int as rows from shop.ledger group by 1 order by 1',
        [boundaries],
      )
      expect(parts).toHaveLength(4)
      for (const { rows: inPart } of parts)
        expect(Math.abs(Number(inPart) - rows / 4)).toBeLessThan(rows / 40)
    })

    test('without statistics the ends of the key divide it, by its index alone', async () => {
      await stack.pair.sql('source', `delete from pg_statistic where starelid = 'shop.ledger'::regclass`)
      const before = await scans()
      const { decisions, statements } = await decided()
      expect(statements).toBe(3)
      expect(decisions.ranges[0]?.boundaries).toEqual([['60007'], ['120005'], ['180003']])
      expect(await scans()).toBe(before)
      await stack.pair.sql('source', 'analyze shop.ledger')
    })

    test('decisions find the plan again; without them, or with others, it refuses and says why', async () => {
      const { migration, catalogue, source, decisions, plan } = await decided()
      const digest = planDigest(plan)
      expect(planDigest(await approvedPlan(source, migration, catalogue, digest, decisions))).toBe(digest)
      await expect(approvedPlan(source, migration, catalogue, digest)).rejects.toMatchObject({
        code: 'refused',
        problems: expect.arrayContaining([
          expect.objectContaining({
            field: 'plan-decisions',
            remedy: expect.stringContaining('pass the output plan-decisions of preflight') as string,
          }),
        ]) as unknown,
      })
      const others = { ...decisions, ranges: [] }
      await expect(approvedPlan(source, migration, catalogue, digest, others)).rejects.toMatchObject({
        code: 'refused',
      })
    })
  },
)

async function scans(): Promise<unknown> {
  const [row] = await stack.pair.sql(
    'source',
    `select seq_scan::text as scans from pg_stat_user_tables where relid = 'shop.ledger'::regclass`,
  )
  return row?.['scans']
}

describe('the actions', { timeout: 120_000 }, () => {
  let digest = ''
  let decisions = ''

  test('preflight gives the decisions and shows the plan', async () => {
    const result = await stack.run('preflight', { migration: stack.file, 'compare-with': 'latest' })
    digest = result.outputs['plan-digest'] ?? ''
    decisions = result.outputs['plan-decisions'] ?? ''
    expect(digest).toMatch(/^[0-9a-f]{64}$/u)
    expect(decodeDecisions(decisions, 'x').groups).toHaveLength(4)
    expect(result.summary).toContain('flowchart LR')
    expect(result.summary).toContain('Tables that are loaded in ranges (1)')
    expect(result.summary).toContain('The source keeps no plan of this migration yet.')
    expect(JSON.parse(result.outputs['result'] ?? '')).toMatchObject({
      predictedLoadMinutes: { least: 1 },
      comparison: { with: null, differences: [] },
    })
  })

  test('create-task refuses without the decisions, and text that is none', async () => {
    const without = await stack.run('create-task', { migration: stack.file, 'plan-digest': digest })
    expect(without.exitCode).toBe(1)
    expect(without.summary).toContain('pass the output plan-decisions of preflight')
    const wrong = await stack.run('create-task', {
      migration: stack.file,
      'plan-digest': digest,
      'plan-decisions': 'nonsense',
    })
    expect(wrong.exitCode).toBe(1)
    expect(wrong.summary).toContain('input plan-decisions is not what preflight gave')
    expect(await stack.tasks()).toEqual([])
  })

  test('create-task makes the four tasks that preflight decided, with the ranges in one rule', async () => {
    const result = await stack.run('create-task', {
      migration: stack.file,
      'plan-digest': digest,
      'plan-decisions': decisions,
    })
    expect(result.log).toContain('created replication task aurora-migration-shop-4')
    expect(result.exitCode).toBe(0)
    const found = await stack.tasks()
    expect(found).toHaveLength(4)
    const special = found.flatMap(({ TableMappings }) =>
      (JSON.parse(TableMappings ?? '') as { rules: Record<string, unknown>[] }).rules.filter(
        (rule) => rule['rule-type'] === 'table-settings',
      ),
    )
    const ofLedger = special.filter((rule) => 'parallel-load' in rule)
    expect(ofLedger).toMatchObject([
      {
        'object-locator': { 'schema-name': 'shop', 'table-name': 'ledger' },
        'parallel-load': { type: 'ranges', columns: ['id'] },
      },
    ])
    const { lobs } = decodeDecisions(decisions, 'x')
    expect(special.filter((rule) => 'lob-settings' in rule)).toHaveLength(lobs.tables.length)
  })

  test('every row arrives once', async () => {
    const counted =
      'select (select count(*) from shop.ledger)::int as ledger, (select count(*) from shop.events)::int as events'
    const arrived = { ledger: rows, events }
    let last: unknown
    for (let look = 0; look < 150; look += 1) {
      ;[last] = await stack.pair.sql('target', counted)
      if (JSON.stringify(last) === JSON.stringify(arrived)) break
      await delay(200)
    }
    expect(last).toEqual(arrived)
  })

  test('the waits find all four tasks, each with a marker of its own, and the plan without measuring again', async () => {
    const inputs = { migration: stack.file, 'plan-digest': digest }
    const load = await stack.run('wait-full-load', inputs)
    expect([load.exitCode, load.exitCode === 0 ? '' : load.log]).toEqual([0, ''])
    const sync = await stack.run('wait-cdc-sync', { ...inputs, 'max-wait': '60s' })
    expect([sync.exitCode, sync.exitCode === 0 ? '' : sync.log]).toEqual([0, ''])
    expect(sync.outputs['evidence-id']).toMatch(/^[0-9a-f-]{36}$/u)
    const markers = await stack.pair.sql(
      'target',
      `select count(*)::int as filled from generate_series(1, 4) as n
       where (xpath('/row/c/text()', query_to_xml(
         format('select count(*) as c from aurora_migration_markers.task_%s', n), false, true, '')))[1]::text::int > 0`,
    )
    expect(markers).toEqual([{ filled: 4 }])
  })

  test('a second run needs no decisions: the plan is kept on the source', async () => {
    const again = await stack.run('create-task', { migration: stack.file, 'plan-digest': digest })
    expect(again.log).toContain('adopted task aurora-migration-shop-1')
    expect(again.exitCode).toBe(0)
  })

  test('a second preflight after many writes gives the same plan; one with another file does not', async () => {
    await stack.pair.sql('source', 'delete from shop.events where id % 8 <> 3')
    const again = await decided()
    expect(planDigest(again.plan)).toBe(digest)
    expect(again.notes[0]).toContain('are those of plan')
    const fewer = { ...again.migration, dms: { ...again.migration.dms, tasks: { max: 3, together: [] } } }
    const { decisions: others } = await decide(again.source, fewer, {
      catalogue: again.catalogue,
      lobs: [],
      statistics: { known: true, value: again.statistics },
    })
    expect(others.groups).toHaveLength(3)
  })

  test('a kept plan that is changed in one decision refuses: ranges, groups, LOB limits, waivers', async () => {
    const source = await stack.pair.session('source')
    const { migration, catalogue } = await stack.planFacts()
    const kept = (await readLatestPlan(source, 'shop')) as Plan
    expect(decisionsOf(kept)).toEqual(decodeDecisions(decisions, 'x'))
    const paths = [
      '{decisions,ranges}',
      '{tasks,0,tables}',
      '{decisions,lobs,tables}',
      '{waivers}',
      '{schema}',
      '{load}',
    ]
    for (const path of paths) {
      await stack.pair.sql(
        'source',
        `update aurora_migration.plan set plan = jsonb_set(plan, '${path}', '[{"tampered": true}]') where digest = $1`,
        [digest],
      )
      await expect(approvedPlan(source, migration, catalogue, digest)).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringContaining('is not the one that was digested') as string,
      })
      await stack.pair.sql('source', 'update aurora_migration.plan set plan = $2 where digest = $1', [
        digest,
        JSON.stringify(kept),
      ])
    }
    expect(planDigest(await approvedPlan(source, migration, catalogue, digest))).toBe(digest)
  })

  test('preflight compares with the kept plan, by digest or the last; a digest that is nowhere refuses', async () => {
    await stack.pair.sql(
      'source',
      'set role shop_owner; create table shop.born_late (id bigint primary key); reset role',
    )
    const late = await stack.run('preflight', { migration: stack.file, 'compare-with': digest })
    await stack.pair.sql('source', 'drop table shop.born_late')
    expect(late.summary).toContain(`### Compared with the plan \`${digest.slice(0, 12)}\``)
    expect(late.summary).toContain('- table shop.born_late is new')
    const missing = await stack.run('preflight', { migration: stack.file, 'compare-with': 'a'.repeat(64) })
    expect(missing.exitCode).toBe(1)
    expect(missing.summary).toContain('the source keeps no plan with this digest')
    expect(missing.summary).toContain('compare-with')
  })
})
