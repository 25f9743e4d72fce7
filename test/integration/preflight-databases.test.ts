import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tryLogin } from '../../actions/preflight/credentials.ts'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { cleanFacts, known, noRds } from '../../shared/preflight/clean-facts.ts'
import type { PreflightFacts } from '../../shared/preflight/facts.ts'
import { runChecks } from '../../shared/preflight/finding.ts'
import { inspect, type OutsideFacts } from '../../shared/preflight/inspect.ts'
import { accessChecks } from '../../shared/preflight/access-checks.ts'
import { parityChecks } from '../../shared/preflight/parity-checks.ts'
import { checks } from '../../shared/preflight/registry.ts'
import { serverStateChecks } from '../../shared/preflight/server-state-checks.ts'
import { valueChecks } from '../../shared/preflight/value-checks.ts'
import { verdictOf, type Verdict } from '../../shared/preflight/verdict.ts'
import { offences as access } from './offences/access.ts'
import { keptLog, openSamplePair, sampleMigrationFile, type SamplePair } from './sample-pair.ts'

// What is read by SQL, on real servers: a clean pair is quiet, and what cannot be seen does not pass. For what offends see
// preflight-offending.test.ts.

const mine = [...serverStateChecks, ...accessChecks, ...valueChecks, ...parityChecks]

let pair: SamplePair
beforeAll(async () => {
  pair = await openSamplePair('preflight-databases')
})
afterAll(() => pair.close())

async function look(): Promise<PreflightFacts> {
  const settings = { default_transaction_read_only: 'on', statement_timeout: '0' }
  const source = await pair.session('source', settings)
  const target = await pair.session('target', settings)
  const clean = cleanFacts()
  const outside: OutsideFacts = {
    ...clean,
    source: { address: { host: pair.source.host, port: pair.source.port }, ...noRds },
    target: { address: { host: pair.target.host, port: pair.target.port }, ...noRds },
    switchTargets: [{ kind: 'secret', name: 'shop/app', found: known({ unfit: null }) }],
  }
  try {
    const migration = parseMigration(sampleMigrationFile(), 'shop.yml')
    return (await inspect(migration, { source, target }, outside, keptLog())).facts
  } finally {
    await source.close()
    await target.close()
  }
}

async function scansOf(table: string): Promise<number> {
  const [row] = await pair.sql('source', 'select pg_stat_get_numscans($1::regclass)::integer as scans', [
    table,
  ])
  return Number(row?.['scans'])
}

const judged = (facts: PreflightFacts): Verdict => verdictOf(runChecks(mine, facts))
const objectsOf = ({ findings }: Verdict, code: string) =>
  findings.filter((finding) => finding.code === code).flatMap(({ objects }) => objects)

test('the clean sample: no blocker, nothing unread, and only what is true of it', async () => {
  const verdict = judged(await look())
  expect(verdict).toMatchObject({ blockers: 0, unverified: 0 })
  expect(verdict.findings.filter(({ severity }) => severity === 'warning').map(({ code }) => code)).toEqual([
    'fall-back-source',
  ])
  expect(objectsOf(verdict, 'fall-back-source')).toEqual(['shop.coupons.id'])
})

test('what was read of the clean sample is what is there', async () => {
  const { source, target } = await look()
  const rate = source.walRate.known ? source.walRate.value : undefined
  expect(rate?.seconds).toBeGreaterThan(0.9)
  expect(source.hbaRules.known && source.hbaRules.value?.map(({ from }) => from)).toEqual([
    'loopback',
    'loopback',
  ])
  expect(source.columnSequences.known && source.columnSequences.value.length).toBeGreaterThan(15)
  const kinds = new Set(
    (source.databaseObjects.known ? source.databaseObjects.value : []).map(({ kind }) => kind),
  )
  expect([...kinds].sort()).toEqual(['domain', 'function', 'index', 'owner', 'trigger', 'type', 'view'])
  const weight = (source.sampled.known ? source.sampled.value.columns : []).find(
    ({ table, column }) => table === 'products' && column === 'weight',
  )
  expect(weight).toMatchObject({ decimals: 6, infinity: false, notANumber: false })
  expect(target.cronJobs).toEqual(known([]))
})

test('a login is tried on the target itself: accepted, refused, or shut out by the guard', async () => {
  const { signal } = new AbortController()
  const app = { ...pair.login('target'), user: 'shop_app', password: pair.passwords.shop_app }
  expect(await tryLogin(app, signal)).toEqual({ user: 'shop_app', outcome: 'accepted' })
  expect(await tryLogin({ ...app, password: 'wrong' }, signal)).toEqual({
    user: 'shop_app',
    outcome: 'refused',
  })
  await pair.sql('target', 'revoke connect on database shop from public, shop_app')
  expect(await tryLogin(app, signal)).toEqual({ user: 'shop_app', outcome: 'closed' })
  await pair.sql('target', 'grant connect on database shop to public, shop_app')
  await expect(tryLogin({ ...app, port: 1 }, signal)).rejects.toThrow('cannot connect')
})

describe('what is measured, and who may see it', () => {
  test('varchar without a length is measured with the LOBs, in one scan', async () => {
    await pair.sql('source', 'create table shop.long_notes (id bigint primary key, note varchar, body text)')
    await pair.sql('source', 'alter table shop.long_notes owner to shop_owner')
    await pair.sql(
      'source',
      "insert into shop.long_notes values (1, repeat('ü', 4500), 'text'), (2, 'a', 'b')",
    )
    await pair.sql('source', 'select pg_stat_force_next_flush()')
    const before = await scansOf('shop.long_notes')
    const measured = await look()
    expect(objectsOf(verdictOf(runChecks(checks, measured)), 'source-unbounded-varchar')).toContain(
      'shop.long_notes.note (9000 bytes)',
    )
    expect(
      (measured.lobs.known ? measured.lobs.value : []).filter(({ table }) => table === 'long_notes'),
    ).toMatchObject([{ column: 'body', bytes: '8' }])
    expect((await scansOf('shop.long_notes')) - before).toBe(1)
  })

  test('rights are judged column by column', async () => {
    await pair.sql('source', 'revoke pg_read_all_data from dms_source')
    await pair.sql('source', 'grant select (code) on shop.countries to dms_source')
    await pair.sql('source', 'grant select (name, value) on shop.settings to dms_source')
    const verdict = verdictOf(runChecks(checks, await look()))
    const objects = objectsOf(verdict, 'dms-rights')
    expect(objects).toContain('shop.countries (SELECT (name))')
    expect(objects).toContain('shop.orders (SELECT)')
    expect(objects.filter((object) => object.startsWith('shop.settings'))).toEqual([])
    const [finding] = verdict.findings.filter(
      ({ code, message }) => code === 'dms-rights' && /table/u.test(message),
    )
    expect(finding?.remedy).toContain('ON "Warehouse"."StockItem" TO "dms_source"')
  })

  test('where row security hides jobs, or a right is missing, nothing passes', async () => {
    const cron = access.find(({ code }) => code === 'fence-cron-jobs')
    for (const statement of cron?.sql ?? []) await pair.sql('source', statement)
    await pair.sql('source', 'alter table cron.job enable row level security')
    await pair.sql('source', 'revoke select on pg_hba_file_rules from migrator')
    const results = runChecks(mine, await look()).filter(({ outcome }) => outcome === 'unverified')
    expect(results.map(({ code }) => code).sort()).toEqual(['fence-cron-jobs', 'source-hba'])
    const told = results.flatMap(({ findings }) => findings.map(({ message }) => message))
    expect(told.join('\n')).toContain('GRANT SELECT ON pg_hba_file_rules TO "migrator"')
    expect(told.join('\n')).toContain('hides the jobs of others')
  })
})
