import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { cleanFacts, known, noRds } from '../../shared/preflight/clean-facts.ts'
import { runChecks } from '../../shared/preflight/finding.ts'
import { inspect, type Inspection, type OutsideFacts } from '../../shared/preflight/inspect.ts'
import { checks } from '../../shared/preflight/registry.ts'
import { verdictOf, type Verdict } from '../../shared/preflight/verdict.ts'
import { planDigest } from '../../shared/migration/digest.ts'
import { prepareTarget } from '../../shared/target/prepare.ts'
import { keptLog, openSamplePair, sampleMigrationFile, wholeState, type SamplePair } from './sample-pair.ts'

let pair: SamplePair
beforeAll(async () => {
  pair = await openSamplePair('preflight')
})
afterAll(() => pair.close())

/** What AWS and GitHub would say where nothing is wrong. */
function outside(): OutsideFacts {
  const { now, dms, github, copy, dmsPasswords, switchLogins } = cleanFacts()
  return {
    now,
    dms,
    github,
    copy,
    dmsPasswords,
    switchLogins,
    users: cleanFacts().users,
    source: { address: { host: pair.source.host, port: pair.source.port }, ...noRds },
    target: { address: { host: pair.target.host, port: pair.target.port }, ...noRds },
    switchTargets: [{ kind: 'secret', name: 'shop/app', found: known({ unfit: null }) }],
  }
}

interface Look extends Inspection {
  readonly verdict: Verdict
  readonly statements: readonly [number, number]
  readonly scans: number
}

async function look(extra = ''): Promise<Look> {
  const settings = { default_transaction_read_only: 'on', statement_timeout: '0' }
  const source = await pair.session('source', settings)
  const target = await pair.session('target', settings)
  const log = keptLog()
  const migration = parseMigration(sampleMigrationFile(extra), 'shop.yml')
  const inspection = await inspect(migration, { source, target }, outside(), log)
  const statements = [source.roundTrips, target.roundTrips] as const
  await source.close()
  await target.close()
  const scans = log.lines.filter((line) => line.startsWith('measuring')).length
  return { ...inspection, verdict: verdictOf(runChecks(checks, inspection.facts)), statements, scans }
}

const codes = ({ verdict }: Look, severity: string) =>
  [
    ...new Set(verdict.findings.filter((finding) => finding.severity === severity).map(({ code }) => code)),
  ].sort()

const objectsOf = ({ verdict }: Look, code: string) =>
  verdict.findings.filter((finding) => finding.code === code).flatMap(({ objects }) => objects)

let clean: Look

describe('preflight of the sample', () => {
  test('is clear, names what to look at, and writes nothing', async () => {
    const before = [await wholeState(pair, 'source'), await wholeState(pair, 'target')]
    clean = await look()
    expect([await wholeState(pair, 'source'), await wholeState(pair, 'target')]).toEqual(before)
    expect(clean.verdict.findings.filter(({ severity }) => severity === 'blocker')).toEqual([])
    expect(clean.verdict).toMatchObject({ verdict: 'clear', blockers: 0, failed: 0, unverified: 0 })
    expect(codes(clean, 'warning')).toEqual([
      'fall-back-source',
      'server-durability',
      'source-column-types',
      'source-numeric-scale',
      'target-identity-always',
    ])
    expect(objectsOf(clean, 'source-table-keys')).toEqual(['shop.clicks'])
    expect(objectsOf(clean, 'target-identity-always')).toEqual(['shop.coupons.id'])
  })

  test('plans the leaves and every sequence, and gives the same digest again', async () => {
    const [task] = clean.plan?.tasks ?? []
    const tables = task?.tables.map(({ schema, table }) => `${schema}.${table}`) ?? []
    expect(tables).toContain('shop.page_views_2026')
    expect(tables).toContain('billing.payments_eu')
    expect(tables).not.toContain('shop.page_views')
    expect(tables).toEqual([...tables].sort())
    expect(clean.plan?.sequences).toHaveLength(500)
    const again = await look()
    expect(clean.plan && planDigest(clean.plan)).toBe(again.plan && planDigest(again.plan))
  })

  test('measures LOBs as DMS counts them', async () => {
    const lobs = clean.facts.lobs.known ? clean.facts.lobs.value : []
    const [row] = await pair.sql(
      'source',
      'select max(octet_length(content))::text as bytes from shop.attachments',
    )
    const bytea = lobs.find(({ table, column }) => table === 'attachments' && column === 'content')
    expect(bytea).toMatchObject({ kind: 'BLOB', bytes: row?.['bytes'] })
    await pair.sql('source', "insert into shop.settings values ('wide', to_jsonb(repeat('😀', 3000)))")
    await pair.sql('source', "insert into shop.settings values ('plain', to_jsonb(repeat('ü', 5000)))")
    const after = await look()
    const wide = (after.facts.lobs.known ? after.facts.lobs.value : []).find(
      ({ table }) => table === 'settings',
    )
    // A JSON string has two quotes more: 3002 characters × 4 is more than 5002 × 2.
    expect(wide).toMatchObject({ kind: 'NCLOB', bytes: String(3002 * 4) })
    await pair.sql('source', "delete from shop.settings where name in ('wide', 'plain')")
  })

  test('takes the same number of statements whatever the number of tables', async () => {
    for (const side of ['source', 'target'] as const) {
      await pair.sql(side, 'set role shop_owner')
      await pair.sql(
        side,
        "do $$ begin for n in 1..200 loop execute format('create table shop.extra_%s (id bigserial primary key, name varchar(20), amount numeric(9,2))', n); end loop; end $$",
      )
      await pair.sql(side, 'reset role')
    }
    await pair.sql(
      'target',
      'grant select, insert, update, delete, truncate on all tables in schema shop to dms_target',
    )
    await pair.sql(
      'source',
      'grant select, insert, update, delete on all tables in schema shop to dms_reverse_source',
    )
    const many = await look()
    expect(many.verdict.blockers).toBe(0)
    expect(many.plan?.tasks[0]?.tables).toHaveLength((clean.plan?.tasks[0]?.tables.length ?? 0) + 200)
    expect(many.scans).toBe(clean.scans)
    expect(many.statements).toEqual(clean.statements)
  })
})

describe('preflight of a database with traps', () => {
  let found: Look
  beforeAll(async () => {
    await pair.sql('source', 'set role shop_owner')
    for (const statement of [
      'create unlogged table shop.trap_unlogged (id bigint primary key)',
      'create table shop.trap_parent (id bigint primary key)',
      'create table shop.trap_child () inherits (shop.trap_parent)',
      'create materialized view shop.trap_matview as select 1 as one',
      'create table shop.trap_nokey (name varchar(20))',
      "insert into shop.trap_nokey values ('a')",
      "update shop.trap_nokey set name = 'b'",
      'create table shop.trap_nothing (id bigint primary key)',
      'alter table shop.trap_nothing replica identity nothing',
      'create table shop."Trap_case" (id bigint primary key)',
      'create table shop.trap_case (id bigint primary key)',
      'create table shop.trap_range (id bigint primary key, r int4range, v tsvector)',
      'create table shop.trap_text_key (id text primary key)',
      'create table shop.trap_lob_nokey (body text)',
      'create table shop.trap_deferrable (id bigint primary key deferrable initially deferred)',
      'create table shop.trap_policy (id bigint primary key)',
      'alter table shop.trap_policy enable row level security',
      'create sequence shop.trap_missing_sequence',
      'create sequence shop.trap_full maxvalue 100',
      "select setval('shop.trap_full', 99)",
      'alter table shop.categories add column only_here integer',
    ])
      await pair.sql('source', statement)
    await pair.sql('source', 'reset role')
    await pair.sql('source', 'select lo_from_bytea(0, $1)', [Buffer.from('x')])
    await pair.sql('source', "select pg_create_logical_replication_slot('forgotten', 'test_decoding')")
    await pair.sql('source', 'alter role shop_batch nologin')
    await pair.sql('source', 'revoke pg_read_all_data from dms_source')
    await pair.sql('source', 'alter role dms_source noreplication')
    await pair.sql('source', 'revoke pg_signal_backend from migrator')
    await pair.sql('source', 'select pg_stat_force_next_flush()')

    await pair.sql('target', 'revoke set on parameter session_replication_role from dms_target')
    await pair.sql('target', 'revoke truncate on shop.orders from dms_target')
    await pair.sql('target', 'revoke dms_target from migrator')
    await pair.sql('target', "insert into shop.countries values ('zz', 'left over')")
    await pair.sql('target', 'alter table shop.orders enable always trigger audit_order')
    await pair.sql(
      'target',
      'alter table shop.products add column total numeric(12,2) generated always as (price * 2) stored',
    )
    await pair.sql('target', 'alter table shop.addresses alter column postcode type text')
    await pair.sql('target', 'alter table shop.reviews drop constraint reviews_pkey')
    await pair.sql('target', 'create rule no_delete as on delete to shop.suppliers do instead nothing')
    await pair.sql(
      'target',
      "create subscription elsewhere connection 'host=127.0.0.1 port=1' publication p with (connect = false, slot_name = none)",
    )
    await pair.sql('target', 'drop index shop.orders_customer_id_idx')
    await pair.sql('target', 'alter sequence shop.ticket_blocks increment by 7')
    await pair.sql('target', 'create table public.awsdms_status (server_name varchar(10))')
    found = await look()
  })

  test('names every one by its code and object', () => {
    expect(found.verdict.verdict).toBe('blocked')
    expect(codes(found, 'blocker')).toEqual([
      'application-roles',
      'deferrable-constraints',
      'dms-rights',
      'login-rights',
      'reverse-login-rights',
      'reverse-rights',
      'row-security',
      'source-column-types',
      'source-dms-user',
      'source-inheritance',
      'source-large-objects',
      'source-lob-keys',
      'source-name-case',
      'source-replica-identity',
      'source-table-keys',
      'source-unlogged-tables',
      'target-columns',
      'target-empty',
      'target-generated-columns',
      'target-keys',
      'target-replica-role',
      'target-sequences',
      'target-tables',
    ])
    expect(codes(found, 'warning')).toEqual(
      expect.arrayContaining([
        'leftovers',
        'source-existing-slots',
        'source-sequence-limits',
        'target-rules',
        'target-secondary-objects',
      ]),
    )
    expect(objectsOf(found, 'source-unlogged-tables')).toEqual(['shop.trap_unlogged'])
    expect(objectsOf(found, 'source-inheritance').sort()).toEqual(['shop.trap_child', 'shop.trap_parent'])
    expect(objectsOf(found, 'source-materialized-views')).toEqual(['shop.trap_matview'])
    expect(objectsOf(found, 'source-table-keys')).toContain('shop.trap_nokey (1 updates, 0 deletes seen)')
    expect(objectsOf(found, 'source-name-case').sort()).toEqual(['shop.Trap_case', 'shop.trap_case'])
    expect(objectsOf(found, 'source-lob-keys').sort()).toEqual([
      'shop.trap_lob_nokey',
      'shop.trap_text_key.id (text)',
    ])
    expect(objectsOf(found, 'target-columns')).toEqual(
      expect.arrayContaining([
        'shop.categories.only_here is missing',
        'shop.addresses.postcode is text, not character varying(12)',
      ]),
    )
    expect(objectsOf(found, 'target-keys')).toEqual(['shop.reviews: "id" here, none there'])
    expect(objectsOf(found, 'target-empty')).toEqual(['shop.countries'])
    expect(objectsOf(found, 'target-sequences')).toEqual(
      expect.arrayContaining([
        'shop.trap_missing_sequence',
        'shop.ticket_blocks: bigint by 7 from 1 to 9223372036854775807, not bigint by 50 from 1 to 9223372036854775807',
      ]),
    )
    expect(objectsOf(found, 'target-triggers')).toContain('shop.orders: audit_order')
    expect(objectsOf(found, 'target-rules')).toEqual(['shop.suppliers: no_delete'])
    expect(objectsOf(found, 'target-secondary-objects')).toContain(
      'shop.orders: index orders_customer_id_idx',
    )
    expect(objectsOf(found, 'leftovers')).toEqual(['public.awsdms_status'])
    expect(objectsOf(found, 'dms-rights')).toEqual(expect.arrayContaining(['shop.orders (TRUNCATE)']))
  })

  test('remedies can be pasted: the grants make their findings go', async () => {
    for (const [side, code] of [
      ['source', 'source-dms-user'],
      ['target', 'target-replica-role'],
      ['target', 'target-generated-columns'],
    ] as const) {
      for (const { remedy } of found.verdict.findings.filter((finding) => finding.code === code))
        await pair.sql(side, remedy)
    }
    for (const { remedy, objects } of found.verdict.findings.filter(({ code }) => code === 'login-rights'))
      await pair.sql(objects[0]?.endsWith('source') === true ? 'source' : 'target', remedy)
    const after = codes(await look(), 'blocker')
    for (const code of [
      'source-dms-user',
      'reverse-login-rights',
      'target-replica-role',
      'target-generated-columns',
      'login-rights',
    ])
      expect(after).not.toContain(code)
  })

  test('what cannot be read blocks: it is never a pass', async () => {
    await pair.sql('target', 'drop owned by dms_target; drop role dms_target')
    const seen = await look()
    const unverified = seen.verdict.findings.filter(({ verified }) => !verified).map(({ code }) => code)
    expect(unverified).toEqual(['dms-connect', 'dms-rights', 'target-replica-role'])
    expect(codes(seen, 'blocker')).toContain('target-dms-user')
    expect(seen.verdict.verdict).toBe('blocked')
  })

  test('exclude takes the offenders out of the plan', async () => {
    const migration = sampleMigrationFile().replace(
      "'Warehouse.%']",
      "'Warehouse.%']\n  exclude: ['shop.trap[_]%', 'shop.Trap%']",
    )
    const source = await pair.session('source')
    const target = await pair.session('target')
    const { facts } = await inspect(
      parseMigration(migration, 'shop.yml'),
      { source, target },
      outside(),
      keptLog(),
    )
    const planned = facts.source.catalogue.known ? facts.source.catalogue.value.planned : []
    expect(planned.filter(({ table }) => table.toLowerCase().startsWith('trap'))).toEqual([])
    expect(planned.length).toBeGreaterThan(200)
  })
})

test('after the preparation of this migration preflight is still clear, and knows its own rows', async () => {
  const fresh = await openSamplePair('preflight-again')
  const former = pair
  pair = fresh
  try {
    const source = await fresh.session('source')
    const target = await fresh.session('target')
    const first = await look()
    if (first.plan === undefined) throw new Error('no plan')
    await prepareTarget({
      source,
      target,
      sourceLogin: fresh.login('source'),
      targetLogin: fresh.login('target'),
      signal: new AbortController().signal,
      plan: first.plan,
      dmsSourceUser: 'dms_source',
      dmsTargetUser: 'dms_target',
      log: keptLog(),
      dryRun: false,
    })
    await fresh.sql('target', "insert into shop.countries values ('aa', 'loaded')")
    const second = await look()
    expect(second.verdict.blockers).toBe(0)
    expect(second.plan && planDigest(second.plan)).toBe(planDigest(first.plan))
    expect(codes(second, 'note')).toContain('target-empty')
  } finally {
    await fresh.close()
    pair = former
  }
})
