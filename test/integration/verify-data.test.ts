import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  beginComparison,
  finishComparison,
  readComparedTables,
  readLatestComparison,
} from '../../shared/control/comparison-store.ts'
import { tryRunLock } from '../../shared/waiting/statements.ts'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

let stack: MigrationStack
let digest: string
beforeAll(async () => {
  stack = await openMigrationStack('verify-data')
  await stack.rewrite('', (text) => text.replace('ssl-mode: none', 'ssl-mode: none\n  validation: false'))
  digest = await stack.digest()
  const created = await stack.run('create-task', { migration: stack.file, 'plan-digest': digest })
  const loaded = await stack.run('wait-full-load', { migration: stack.file, 'plan-digest': digest })
  if (loaded.outputs['state'] !== 'loaded') throw new Error(created.log + loaded.log)
})
afterAll(() => stack.close())

const verify = (inputs: Record<string, string> = {}, options: Parameters<MigrationStack['run']>[2] = {}) =>
  stack.run(
    'verify-data',
    { migration: stack.file, 'plan-digest': digest, 'max-wait': '60s', ...inputs },
    options,
  )
const url = (side: 'source' | 'target') =>
  `postgres://migrator:${encodeURIComponent(stack.pair.passwords.migrator)}@${stack.pair[side].host}:${stack.pair[side].port}/shop`
/** As the superuser, past triggers and foreign keys, as a fault would change a row. */
const spoil = (statement: string) =>
  stack.pair.sql(
    'target',
    `set session_replication_role = replica; ${statement}; reset session_replication_role`,
  )
const counted = async (table: string) => {
  const [row] = await stack.pair.sql('source', `select count(*)::int as n from ${table}`)
  return row?.['n']
}

/** A row that differs, and replication too slow to tell whether it only is under way: a comparison that waits. */
async function unsettled(): Promise<() => Promise<void>> {
  const [row] = await stack.pair.sql('source', 'select id, name from shop.suppliers order by id limit 1')
  const rename = (name: unknown) =>
    stack.pair.sql('target', 'update shop.suppliers set name = $1 where id = $2', [name, row?.['id']])
  await rename('elsewhere')
  await stack.emulator.change({ replicationDelayMs: 60_000 })
  return async () => {
    await rename(row?.['name'])
    await stack.emulator.change({ replicationDelayMs: 0 })
  }
}

describe('verify-data', { timeout: 90_000 }, () => {
  test('a dry run says how each table would be compared, and writes nothing', async () => {
    const result = await verify({ 'dry-run': 'true' })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ state: 'planned', 'tables-compared': '0', 'comparison-id': '' })
    expect(result.log).toContain('would compare shop.orders by id')
    expect(result.log).toContain('would compare shop.clicks as a multiset of rows')
    expect(await counted('aurora_migration.comparison')).toBe(0)
    expect(await counted('aurora_migration_markers.task_1')).toBe(0)
  })

  test('what is the same is equal, what the migration set aside is told apart, and the result is kept', async () => {
    const result = await verify()
    expect(result.exitCode, result.summary).toBe(0)
    expect(result.outputs).toMatchObject({
      state: 'equal',
      differences: '0',
      'tables-compared': '30',
      'tables-skipped': '0',
    })
    expect(result.summary).toContain('## ✅ verify-data: equal: ')
    expect(result.summary).toContain('the guard keeps CONNECT from everybody but DMS')
    expect(result.summary).toContain('taken off the LOB column')
    expect(result.summary).not.toContain('Objects that differ')

    const source = await stack.pair.session('source')
    const latest = await readLatestComparison(source, 'shop', digest)
    expect(latest).toMatchObject({
      id: result.outputs['comparison-id'],
      state: 'equal',
      partial: false,
      result: { objects: { differences: 0 } },
    })
    const tables = await readComparedTables(source, 'shop', digest)
    expect(tables.get('"shop"."orders"')).toMatchObject({ found: 'equal', startedAt: latest?.startedAt })
    expect(tables.size).toBe(30)
    expect(await counted('aurora_migration.compared_part')).toBe(0)
  })

  test('rows that differ are named by key and column; their values stay hidden unless asked for', async () => {
    await spoil(`
      update shop.customers set preferences = '{"newsletter": "planted-value"}' where id = 7;
      delete from shop.coupons where ctid = (select min(ctid) from shop.coupons);
      insert into shop.categories select (json_populate_record(c, '{"id": 99123}')).* from shop.categories c limit 1`)
    const hidden = await verify({ objects: 'false' })
    expect(hidden.exitCode).toBe(1)
    expect(hidden.outputs).toMatchObject({ state: 'different', differences: '3' })
    expect(hidden.log).toMatch(/::error title=verify-data::different: 3 rows in /u)
    expect(hidden.summary).toMatch(/\| shop\.customers \| id=7 \| differs \| preferences \| \d+ bytes/u)
    expect(hidden.summary).toContain('missing on the target')
    expect(hidden.summary).toMatch(/\| shop\.categories \| id=99123 \| surplus on the target/u)
    for (const text of [hidden.summary, hidden.log, JSON.stringify(hidden.outputs)])
      expect(text).not.toContain('planted-value')
    const kept = await stack.pair.sql('source', 'select result::text from aurora_migration.comparison')
    expect(JSON.stringify(kept)).not.toContain('planted-value')

    const shown = await verify({ objects: 'false', mask: 'false', tables: 'shop.customers' })
    expect(shown.outputs).toMatchObject({
      state: 'different',
      'tables-compared': '1',
      'tables-skipped': '29',
    })
    expect(shown.summary).toContain('planted-value')
    const source = await stack.pair.session('source')
    expect(await readLatestComparison(source, 'shop', digest)).toMatchObject({
      state: 'different',
      partial: true,
    })
    const tables = await readComparedTables(source, 'shop', digest)
    expect(['customers', 'coupons', 'orders'].map((name) => tables.get(`"shop"."${name}"`)?.found)).toEqual([
      'different',
      'different',
      'equal',
    ])

    // A later comparison that could not settle a table takes nothing back, nor does a new plan; equal under it does.
    const finish = async (
      planDigest: string,
      found: 'unsettled' | 'equal',
      state: 'could-not-verify' | 'equal',
    ) => {
      const run = { migration: 'shop', planDigest, asked: { tables: [] }, runId: '1', attempt: 1 }
      const { id } = await beginComparison(source, run, 0)
      const rows = { source: '0', target: '0' }
      const table = { schema: 'shop', table: 'coupons', found, rows, differences: 0 }
      await finishComparison(source, id, state, { tables: [table], columnsLeftOut: 0, objects: null })
    }
    const coupons = async (planDigest: string) =>
      (await readComparedTables(source, 'shop', planDigest)).get('"shop"."coupons"')?.found
    await source.query('begin')
    await finish(digest, 'unsettled', 'could-not-verify')
    expect(await coupons(digest)).toBe('different')
    expect(await coupons('another plan')).toBe('different')
    await finish('another plan', 'equal', 'equal')
    expect(await coupons('another plan')).toBe('equal')
    expect(await coupons(digest)).toBeUndefined()
    await source.query('rollback')
  })

  test('the two URLs alone find the same, and say that only time proves it', async () => {
    const result = await verify({
      migration: '',
      'plan-digest': '',
      'source-url': url('source'),
      'target-url': url('target'),
      tls: 'disable',
      tables: 'shop.c%',
      'settle-time': '300ms',
      objects: 'false',
    })
    expect(result.exitCode).toBe(1)
    expect(result.outputs).toMatchObject({ state: 'different', differences: '3', 'comparison-id': '' })
    expect(result.summary).toContain('Proof by time only')
    for (const text of [result.summary, JSON.stringify(result.outputs)])
      expect(text).not.toContain(stack.pair.source.host)
  })

  test('one server for both is refused: it would always be equal', async () => {
    const result = await verify({
      migration: '',
      'plan-digest': '',
      'source-url': url('source'),
      'target-url': url('source'),
      tls: 'disable',
    })
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('leads to the source')
  })

  test('objects that somebody else changed are differences; the file may accept them, or leave tables out', async () => {
    await spoil(`
      drop index shop.orders_customer_id_idx;
      alter table shop.orders disable trigger audit_order;
      comment on table shop.orders is 'only here'`)
    const result = await verify({ tables: 'shop.orders' })
    expect(result.outputs).toMatchObject({ state: 'different', differences: '2' })
    expect(result.summary).toMatch(
      /\| index \| shop\.orders: orders_customer_id_idx \| missing on the target/u,
    )
    expect(result.summary).toMatch(
      /\| trigger state \| shop\.orders: audit_order \| differs \| enabled \| disabled/u,
    )
    expect(result.summary).toContain('1 differences of little weight')

    await stack.rewrite(
      `verify:
  exclude:
    - { tables: 'shop.c%', reason: Spoiled by the test before this one }
  accept-objects:
    - { object: 'index shop.orders: orders_customer%', reason: Nobody asks for it any more }
    - { object: 'trigger state shop.orders: audit_order', reason: Switched on by hand afterwards }
    - { object: 'view shop.gone', reason: Left over from an earlier release }
`,
      (text) => text.replace('ssl-mode: none', 'ssl-mode: none\n  validation: false'),
    )
    const accepted = await verify()
    expect(accepted.exitCode, accepted.summary).toBe(0)
    expect(Number(accepted.outputs['tables-skipped'])).toBeGreaterThanOrEqual(4)
    expect(accepted.summary).toContain('Nobody asks for it any more')
    expect(accepted.summary).toContain('Spoiled by the test before this one')
    expect(accepted.log).toContain('nothing differs that is called view shop.gone')
  })

  test('what is left out altogether could not be verified, and a pattern that means no table is refused', async () => {
    const nothing = await verify({ tables: 'shop.coupons', objects: 'false' })
    expect(nothing.exitCode).toBe(1)
    expect(nothing.outputs['state']).toBe('could-not-verify')
    expect(nothing.summary).toContain('no table was compared')
    const idle = await verify({ tables: 'shop.nowhere' })
    expect(idle.exitCode).toBe(1)
    expect(idle.summary).toContain('no table is meant by shop.nowhere')
  })

  test('at max-wait it ends well, and another run goes on where it was', async () => {
    const release = await unsettled()
    const first = await verify({ 'max-wait': '4s', objects: 'false' })
    expect(first.exitCode, first.log).toBe(0)
    expect(first.outputs['state']).toBe('still-running')
    expect(first.summary).toContain('run this action again')
    expect(Number(first.outputs['tables-compared'])).toBeGreaterThan(0)
    expect(await counted('aurora_migration.compared_part')).toBeGreaterThan(0)
    await release()
    const second = await verify({ objects: 'false' })
    expect(second.exitCode, second.summary).toBe(0)
    expect(second.outputs).toMatchObject({
      state: 'equal',
      'comparison-id': first.outputs['comparison-id'],
    })
    expect(second.log).toContain('begun by another run and gone on with')
    expect(second.summary).toContain('from an earlier run')
  })

  test('it waits for another run no longer than max-wait, and says that it was not begun', async () => {
    const other = await stack.pair.session('source')
    await other.query(tryRunLock, ['aurora-migration verify-data shop'])
    const began = performance.now()
    const result = await verify({ 'max-wait': '3s' })
    await other.query('select pg_advisory_unlock_all()')
    expect(performance.now() - began).toBeLessThan(20_000)
    expect(result.exitCode, result.log).toBe(0)
    expect(result.outputs).toMatchObject({ state: 'still-running', 'comparison-id': '' })
    expect(result.summary).toContain('not begun: another run of verify-data is at work')
  })

  test('a run that is killed leaves what it found to the next one; one that is cancelled ends within 5 s', async () => {
    const release = await unsettled()
    const killer = new AbortController()
    const begun = (line: string) => line.startsWith('comparison ')
    const killed = await verify(
      { objects: 'false' },
      {
        kill: killer.signal,
        onLine: (line) => {
          if (begun(line)) setTimeout(() => killer.abort(), 2500)
        },
      },
    )
    expect(killed.exitCode).toBeNull()
    const parts = await counted('aurora_migration.compared_part')
    expect(parts).toBeGreaterThan(0)

    const canceller = new AbortController()
    let cancelledAt = 0
    const cancelled = await verify(
      { objects: 'false' },
      {
        cancel: canceller.signal,
        onLine: (line) => {
          if (!begun(line)) return
          setTimeout(() => {
            cancelledAt = performance.now()
            canceller.abort()
          }, 1000)
        },
      },
    )
    expect(performance.now() - cancelledAt).toBeLessThan(5000)
    expect(cancelled.exitCode).toBe(1)
    expect(cancelled.summary).toContain('what was found equal is kept')
    await release()
    const last = await verify({ objects: 'false' })
    expect(last.outputs['state'], last.summary).toBe('equal')
    expect(last.summary).toContain('from an earlier run')
  })
})
