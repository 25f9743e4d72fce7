import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
  vi,
  type TestContext,
} from 'vitest'
import { findClientPrograms } from '../../shared/schema/client-programs.ts'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

const signal = new AbortController().signal

/** What the catalogue of one side says of the migrated schemas, in words that do not differ between versions. */
const definitions = `
  select 'index ' || pg_get_indexdef(i.indexrelid) || i.indisvalid || coalesce(obj_description(i.indexrelid, 'pg_class'), '') as line
  from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace::regnamespace::text in ('shop', 'billing', '"Warehouse"', 'shared_words')
  union all
  select 'constraint ' || k.conrelid::regclass || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid) || k.convalidated
  from pg_constraint k where k.connamespace::regnamespace::text in ('shop', 'billing', '"Warehouse"', 'shared_words') and k.contype <> 'n'
  union all
  select 'trigger ' || pg_get_triggerdef(t.oid) || t.tgenabled::text from pg_trigger t where not t.tgisinternal and t.tgname !~ '^aurora'
  union all
  select 'relation ' || c.oid::regclass || c.relkind::text || c.relreplident::text || pg_get_userbyid(c.relowner) || coalesce(obj_description(c.oid, 'pg_class'), '')
  from pg_class c where c.relnamespace::regnamespace::text in ('shop', 'billing', '"Warehouse"', 'shared_words') and c.relkind in ('r', 'p', 'v', 'm', 'S')
  union all
  select 'column ' || a.attrelid::regclass || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
         || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || a.attidentity::text || a.attgenerated::text
  from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where c.relnamespace::regnamespace::text in ('shop', 'billing', '"Warehouse"', 'shared_words') and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
  union all
  select 'right ' || c.oid::regclass || a.grantee::regrole || a.privilege_type
  from pg_class c cross join lateral aclexplode(c.relacl) as a
  where c.relnamespace::regnamespace::text in ('shop', 'billing', '"Warehouse"', 'shared_words') and a.grantee::regrole::text !~ '^dms' and a.privilege_type <> 'MAINTAIN'
  union all
  select 'routine ' || p.oid::regprocedure || md5(prosrc) from pg_proc p where p.pronamespace::regnamespace::text in ('shop', 'billing', '"Warehouse"', 'shared_words')
  union all
  select 'policy ' || p.polname || p.polrelid::regclass || pg_get_expr(p.polqual, p.polrelid) from pg_policy p
  union all
  select 'statistics ' || pg_get_statisticsobjdef(s.oid) from pg_statistic_ext s
  order by 1`

/** What a dump must carry besides the sample: a type of another schema, an extension, a key of its own, rights of a role. */
const extras = `
  create extension citext with schema public;
  create role reporting nologin;
  create role reporter login connection limit 5;
  grant reporting to reporter;
  alter role reporter set search_path = shop, public;
  create schema shared_words authorization shop_owner;
  create type shared_words.colour as enum ('red', 'green');
  alter type shared_words.colour owner to shop_owner;
  grant usage on schema shared_words to public;
  set role shop_owner;
  alter table shop.suppliers add column nick public.citext, add column colour shared_words.colour;
  grant select on shop.suppliers to reporting;
  create unique index suppliers_known on shop.suppliers (id, country);
  alter table shop.suppliers replica identity using index suppliers_known;
  comment on table shop.suppliers is 'who delivers';
  comment on index shop.orders_open_idx is 'still to be sent';
  comment on constraint orders_customer_id_fkey on shop.orders is 'who pays';
  create statistics shop.orders_together on status, placed_at from shop.orders;
  create materialized view shop.busy as select customer_id, count(*) from shop.orders group by customer_id;
  create index busy_idx on shop.busy (customer_id);
  create policy quiet on shop.reviews using (product_id > 0);
  alter table shop.orders disable trigger normalise_order;
  alter table shop.products enable always trigger stamp_update;
  reset role`

let stack: MigrationStack
beforeEach(async () => {
  stack = await openMigrationStack('prepare-schema')
  await stack.pair.sql('source', extras)
  await stack.pair.sql('target', 'drop schema shop, billing, "Warehouse" cascade')
})
afterEach(() => stack.close())

let digest: string
const write = async (extra: string) => {
  await stack.rewrite(extra, (text) =>
    text
      .replace("'Warehouse.%'", "'Warehouse.%'")
      .replace('ssl-mode: none', 'ssl-mode: none\n  validation: false'),
  )
  digest = await stack.digest()
}
const run = (
  action: string,
  inputs: Record<string, string> = {},
  options: Parameters<MigrationStack['run']>[2] = {},
) => stack.run(action, { migration: stack.file, 'plan-digest': digest, ...inputs }, options)
const lines = async (side: 'source' | 'target') =>
  (await stack.pair.sql(side, definitions)).map(({ line }) => String(line))

/** Undefined where this machine has no fitting programs: then the refusal is what is to be seen. */
async function programs(context: TestContext): Promise<boolean> {
  try {
    await findClientPrograms(15, signal)
    return true
  } catch {
    await context.annotate('no pg_dump of 15 or later on the PATH: only its refusal was tried')
    return false
  }
}

describe('a schema by pg_dump', { timeout: 180_000 }, () => {
  test('without the programs it refuses before anything is made, and names the line that installs them', async () => {
    await write('schema: dump')
    const before = process.env['PATH']
    process.env['PATH'] = tmpdir()
    const refused = await run('prepare-target').finally(() => {
      process.env['PATH'] = before
    })
    expect(refused.exitCode).toBe(1)
    expect(refused.summary).toContain('pg_dump, pg_restore, psql not found on the PATH')
    expect(refused.summary).toContain('sudo apt-get install -y postgresql-client-15')
    expect(await stack.pair.sql('target', "select to_regnamespace('aurora_migration') as made")).toEqual([
      { made: null },
    ])
  })

  test('tables and keys before the load, the rest after it: the target has what the source has', async (context) => {
    if (!(await programs(context))) return
    await write('schema: dump')
    const refused = await run('prepare-target')
    expect(refused.exitCode).toBe(1)
    expect(refused.summary).toContain('the role reporting')
    expect(refused.summary).toContain('CREATE ROLE')
    await write('schema: { dump: { roles: true } }')

    const planned = await run('prepare-target', { 'dry-run': 'true' })
    expect(planned.log).toContain('--schema-only')
    expect(planned.log).toContain('create role "reporter" login')
    // The lines that mask it are the runner's, which shows none of them.
    expect(planned.log.replaceAll(/^::add-mask::.*$/gmu, '')).not.toContain(stack.pair.passwords.migrator)
    expect(await stack.pair.sql('target', "select to_regnamespace('shop') as made")).toEqual([{ made: null }])

    const created = await run('create-task')
    expect(created.summary).toContain('make the schema')
    expect(created.exitCode).toBe(0)
    const early = await lines('target')
    expect(early.filter((line) => line.startsWith('trigger'))).toEqual([])
    expect(early.filter((line) => line.includes('FOREIGN KEY'))).toEqual([])
    expect(early.filter((line) => line.startsWith('index') && !line.includes('UNIQUE'))).toEqual([])
    expect(early).toContain(
      (await lines('source')).find((line) => line.startsWith('relation shop.suppliers')),
    )
    const again = await run('create-task')
    expect(again.summary).not.toContain('make the schema')

    const waited = await run('wait-full-load', { 'max-wait': '90s' })
    expect(waited.exitCode).toBe(0)
    expect(waited.summary).not.toContain('on the source,')
    expect(await stack.pair.sql('target', 'select count(*)::int > 0 as busy from shop.busy')).toEqual([
      { busy: true },
    ])
    const synced = await run('wait-cdc-sync', { 'max-wait': '60s', rounds: '1' })
    expect(synced.exitCode).toBe(0)
    // NOT NULL of LOB columns is away until the opening, and triggers that fire in replica mode rest; nothing else differs.
    const resting = (line: string) => (line.startsWith('trigger') ? line.replace(/A$/u, 'D') : line)
    expect(await lines('source')).toContainEqual(expect.stringMatching(/^trigger .*A$/u))
    expect((await lines('target')).toSorted()).toEqual((await lines('source')).map(resting).toSorted())
    const [role] = await stack.pair.sql(
      'target',
      "select rolcanlogin, rolconnlimit, rolpassword is null as open, pg_has_role(oid, 'reporting', 'member') as member, (select setconfig from pg_db_role_setting where setrole = a.oid) as settings from pg_authid a where rolname = 'reporter'",
    )
    expect(role).toEqual({
      rolcanlogin: true,
      rolconnlimit: 5,
      open: true,
      member: true,
      settings: ['search_path=shop, public'],
    })
    expect((await run('finish-target')).summary).toContain('finished already')
  })

  test('cancelled while psql is at work it ends within 5 s, on the server too, and nothing was made', async (context) => {
    if (!(await programs(context))) return
    await write('schema: { dump: { roles: true } }')
    const { psql } = await findClientPrograms(15, signal)
    // Begins as the real one would, and takes its time.
    const folder = await mkdtemp(join(tmpdir(), 'slow psql '))
    const slow = join(folder, 'psql')
    await writeFile(slow, `#!/bin/sh\nexec ${psql} -X -c "create schema shop; select pg_sleep(60)"\n`)
    await chmod(slow, 0o755)
    const controller = new AbortController()
    const before = process.env['PATH']
    process.env['PATH'] = `${folder}:${before ?? ''}`
    const cancelled = run('prepare-target', {}, { cancel: controller.signal })
    const sessions = () =>
      stack.pair.sql(
        'target',
        "select pid from pg_stat_activity where application_name = 'aurora-migration schema shop' and query like '%pg_sleep%'",
      )
    await vi
      .waitFor(async () => expect(await sessions()).toHaveLength(1), 20_000)
      .finally(() => {
        process.env['PATH'] = before
      })
    const cancelledAt = performance.now()
    controller.abort()
    const result = await cancelled
    expect(performance.now() - cancelledAt).toBeLessThan(5000)
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('cancelled')
    expect(await sessions()).toEqual([])
    expect(await stack.pair.sql('target', "select to_regnamespace('shop') as made")).toEqual([{ made: null }])
    await rm(folder, { recursive: true })
    expect((await run('prepare-target')).exitCode).toBe(0)
  })

  test('what breaks in the middle leaves nothing, and is told in the words of the program', async (context) => {
    if (!(await programs(context))) return
    await write('schema: { dump: { roles: true } }')
    // The last thing that is made needs a right that the login lacks.
    await stack.pair.sql(
      'source',
      'create role foreign_owner; alter view "Warehouse"."LowStock" owner to foreign_owner',
    )
    await stack.pair.sql('target', 'create role foreign_owner; grant foreign_owner to migrator')
    const failed = await run('prepare-target')
    expect(failed.exitCode).toBe(1)
    expect(failed.summary).toContain('permission denied for schema Warehouse')
    expect(await stack.pair.sql('target', "select to_regnamespace('shop') as made")).toEqual([{ made: null }])
    await stack.pair.sql('source', 'alter view "Warehouse"."LowStock" owner to shop_owner')
    await write('schema: { dump: { roles: true } }')
    expect((await run('prepare-target')).exitCode).toBe(0)
  })
})

describe('a schema by the framework’s own command', { timeout: 120_000 }, () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framework '))
    const driver = pathToFileURL(createRequire(import.meta.url).resolve('pg')).href
    const sample = fileURLToPath(new URL('../workload/sample/', import.meta.url))
    await writeFile(
      join(folder, 'migrate.mjs'),
      `import pg from ${JSON.stringify(driver)}
       import { readFileSync } from 'node:fs'
       const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
       await client.connect()
       console.log('::error::migrating ' + process.env.DATABASE_URL)
       if (process.argv[2] === 'fail') { console.error('the third migration is wrong'); process.exit(3) }
       await client.query('set role shop_owner')
       for (const name of ['schema', 'schema-objects']) await client.query(readFileSync(${JSON.stringify(sample)} + name + '.sql', 'utf8'))
       await client.query('reset role')
       await client.end()`,
    )
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const schema = (argument = '') =>
    `schema: { command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(join(folder, 'migrate.mjs'))}${argument}] }`

  test('runs with the target’s URL, its output is shown without password; a failure says its code', async () => {
    await stack.pair.sql('source', 'alter table shop.suppliers drop column nick, drop column colour')
    await write(schema(', fail'))
    const failed = await run('prepare-target')
    expect(failed.exitCode).toBe(1)
    expect(failed.summary).toContain('ended with exit code 3')
    expect(failed.summary).toContain('the third migration is wrong')

    await write(schema())
    const prepared = await run('prepare-target')
    expect(prepared.log).toContain('schema:   | ::error::migrating ***')
    expect(prepared.log).not.toMatch(/^::error::migrating/mu)
    expect(prepared.exitCode).toBe(0)
    expect(prepared.summary).toContain('let dms_target write the planned tables')
    const again = await run('prepare-target')
    expect(again.summary).toContain('prepared already')
  })
})
