import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { readPlan } from '../../shared/control/plan-store.ts'
import { plannedTables } from '../../shared/cutover/opening.ts'
import { rehearseOpening } from '../../shared/cutover/rehearse-opening.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import { notes, writeNote } from './fall-back-notes.ts'
import { hostileGrants, rights } from './hostile-grants.ts'

// There, back, and there again, in one lab; the cases go on from each other.
describe('with a way back', () => {
  let lab: CutoverLab
  let sourceBefore: unknown
  let targetBefore: unknown

  beforeAll(async () => {
    lab = await openCutoverLab('fall-back', '  freeze-budget: 20s\n  watch: 200ms\n', hostileGrants)
    sourceBefore = await rights(lab, 'source')
  }, 180_000)
  afterAll(() => lab.close())

  test('before a cutover there is nothing to fall back from', async () => {
    const refused = await (await lab.fallBack()).ended
    expect(refused.exitCode).toBe(1)
    expect(refused.log).toContain('there is nothing to fall back from')
  })

  test('a cutover proves its way back, and closes the source', async () => {
    const run = await (await lab.cutover()).ended
    expect(run.exitCode, run.log).toBe(0)
    expect(run.log).toContain('the way back is proved')
    targetBefore = await rights(lab, 'target')
    await writeNote(lab, 'target', 'after the cutover')
    expect(await lab.write('source')).toBe('42501')
  })

  test('a row that could not be applied on the source refuses, with the count; so does a changed schema of the target', async () => {
    const [task] = await lab.stack.tasks().then((all) => all.filter(({ Status }) => Status === 'running'))
    const name = task?.ReplicationTaskArn?.split(':').at(-1) ?? ''
    await lab.sql(
      'source',
      `begin; set transaction read write; insert into aurora_migration_dms.awsdms_apply_exceptions values ('${name}', 'shop', 'orders', now(), 'INSERT …', 'no'); commit`,
    )
    await lab.sql('target', 'create table shop.born_on_target (id int primary key)')
    const refused = await (await lab.fallBack()).ended
    expect(refused.exitCode).toBe(1)
    expect(refused.summary).toContain('1 rows could not be applied')
    expect(refused.summary).toContain('the schema of the target has changed')
    expect(await lab.decision('target')).toBe('opened')
    await lab.sql(
      'source',
      'begin; set transaction read write; delete from aurora_migration_dms.awsdms_apply_exceptions; commit',
    )
    await lab.sql('target', 'drop table shop.born_on_target')
  })

  test('a fall-back brings every write, and the source is exactly as it was before the fence', async () => {
    await writeNote(lab, 'target', 'before the fall-back')
    const dry = await (await lab.fallBack({ inputs: { 'dry-run': 'true' } })).ended
    expect(dry.exitCode, dry.log).toBe(0)
    expect(await lab.decision('target')).toBe('opened')

    const run = await (await lab.fallBack()).ended
    expect(run.exitCode, run.log).toBe(0)
    expect(run.outputs['state']).toBe('opened')
    expect(await notes(lab, 'source')).toEqual(['after the cutover', 'before the fall-back'])
    expect([await lab.decision('source'), await lab.decision('target')]).toEqual(['opened', 'committed'])
    expect(await lab.write('source')).toBe('written')
    expect(await lab.write('source', 'shop_batch')).toBe('written')
    expect(await lab.write('target')).toBe('42501')
    expect(await rights(lab, 'source')).toEqual(sourceBefore)
    const [saved] = await lab.sql(
      'source',
      `select count(*)::int as rows from aurora_migration.saved_state where kind = 'fence'`,
    )
    expect(saved?.['rows']).toBe(0)
    await writeNote(lab, 'source', 'after the fall-back')
  })

  test('a fence is lifted from a session that is itself read-only', async () => {
    const session = await lab.stack.pair.session('target', { default_transaction_read_only: 'on' })
    await session.query('begin read write')
    const [lifted] = await session.query<{ left: unknown }>(
      `select aurora_migration.lift_fence('shop', 2) as left`,
    )
    expect(lifted?.left).toEqual([])
    const [fenced] = await session.query<{ fenced: number }>(
      `select count(*)::int as fenced from pg_trigger where tgname = 'aurora_migration_fence'`,
    )
    expect(fenced?.fenced).toBe(0)
    await session.query('rollback')
    await session.close()
  })

  test('the opening is rehearsed beside replication: no deadlock, nobody waits for long, a smoke test may write, the fence stands', async () => {
    const session = await lab.stack.pair.session('target')
    const plan = await readPlan(await lab.stack.pair.session('source'), 'shop', lab.digest)
    const smokeTest = [`insert into shop.writes (id, writer, seq, note) values (-1, 'smoke', 1, 'smoke')`]
    const rival = await applyBackwards(lab, plan)
    try {
      for (let round = 0; round < 4; round += 1)
        await rehearseOpening(
          session,
          'dms_target',
          { ...plan, cutover: { ...plan.cutover, smokeTest } },
          [],
          2n,
        )
    } finally {
      await rival.stop()
    }
    expect(rival.failed).toEqual([])
    expect(rival.rounds()).toBeGreaterThan(3)
    expect(rival.longestMs()).toBeLessThan(900)
    const [left] = await lab.sql(
      'target',
      `select count(*)::int as smoke from shop.writes where writer = 'smoke'`,
    )
    expect(left?.['smoke']).toBe(0)
    await expect(
      lab.sql(
        'target',
        `begin; set transaction read write; insert into shop.writes (writer, seq) values ('x', 1)`,
      ),
    ).rejects.toThrow(/this database has moved/u)
    await session.close()
  })

  test('a table that stays locked is no missing right: the rehearsal goes on by the catalogue, or says that it is busy', async () => {
    const session = await lab.stack.pair.session('target')
    const plan = await readPlan(await lab.stack.pair.session('source'), 'shop', lab.digest)
    const holder = await superuser(lab)
    await holder.query('begin; set transaction read write; lock table shop.writes in row exclusive mode')
    await rehearseOpening(session, 'dms_target', plan, [], 2n)
    const smokeTest = ['lock table shop.writes in exclusive mode']
    const busy = rehearseOpening(
      session,
      'dms_target',
      { ...plan, cutover: { ...plan.cutover, smokeTest, applicationRoles: ['shop_owner'] } },
      [],
      2n,
    )
    await expect(busy).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('busy') as string,
    })
    await holder.end()
    await session.close()
  })

  test('then one cuts over again, with the evidence of the tasks that carry now', async () => {
    const stale = await (await lab.cutover({ runId: '300' })).ended
    expect(stale.exitCode).toBe(1)
    expect(stale.log).toContain('the evidence says nothing of the task aurora-migration-shop-1-again-2')
    const evidence = await lab.evidenceAgain(2n)
    const run = await (await lab.cutover({ runId: '301', inputs: { 'evidence-id': evidence } })).ended
    expect(run.exitCode, run.log).toBe(0)
    expect(run.log).toContain('the way back is proved')
    expect(await notes(lab, 'target')).toEqual([
      'after the cutover',
      'before the fall-back',
      'after the fall-back',
    ])
    expect([await lab.decision('source'), await lab.decision('target')]).toEqual(['committed', 'opened'])
    expect(await rights(lab, 'target')).toEqual(targetBefore)
    expect(await lab.write('target')).toBe('written')
    expect(await lab.write('source')).toBe('42501')
  })
})

test('without a way back it refuses, and says how many writes that would lose', async () => {
  const lab = await openCutoverLab('fall-back-none', '  fall-back: false\n  watch: 200ms\n')
  onTestFinished(() => lab.close())
  const run = await (await lab.cutover()).ended
  expect(run.exitCode, run.log).toBe(0)
  for (let row = 0; row < 3; row += 1) await writeNote(lab, 'target', 'lost')
  await lab.until('the statistics', 10_000, async () => {
    const [seen] = await lab.sql(
      'target',
      `select n_tup_ins::int as rows from pg_stat_user_tables where relid = 'shop.writes'::regclass`,
    )
    return Number(seen?.['rows']) >= 3
  })
  const refused = await (await lab.fallBack()).ended
  expect(refused.exitCode).toBe(1)
  expect(refused.log).toMatch(/at least [3-9]\d* row changes by the statistics would be lost/u)
  expect(await lab.decision('target')).toBe('opened')
}, 180_000)

async function superuser(lab: CutoverLab): Promise<Client> {
  const url = new URL(lab.stack.pair.target.superuserUrl)
  url.pathname = '/shop'
  const client = new Client({ connectionString: url.href })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

interface Rival {
  readonly failed: string[]
  readonly rounds: () => number
  /** The longest that one of its transactions took, in ms. */
  readonly longestMs: () => number
  readonly stop: () => Promise<void>
}

/** Locks as DMS's apply does, table after table in one transaction, in the opposite order of a rehearsal that would go by name. */
async function applyBackwards(lab: CutoverLab, plan: Plan): Promise<Rival> {
  const client = await superuser(lab)
  const tables = plannedTables(plan)
    .map(({ schema, table }) => `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(table)}`)
    .toSorted()
    .toReversed()
  const failed: string[] = []
  let rounds = 0
  let longest = 0
  const stop = new AbortController()
  const applying = (async () => {
    while (!stop.signal.aborted) {
      const started = performance.now()
      try {
        await client.query('begin; set transaction read write')
        for (const table of tables) {
          await client.query(`lock table only ${table} in row exclusive mode`)
          await sleep(3)
        }
        await client.query('commit')
        rounds += 1
      } catch (error) {
        failed.push(error instanceof Error ? error.message : String(error))
        await client.query('rollback')
      }
      longest = Math.max(longest, performance.now() - started)
    }
    await client.end()
  })()
  return {
    failed,
    rounds: () => rounds,
    longestMs: () => longest,
    stop: async () => {
      stop.abort()
      await applying
    },
  }
}
