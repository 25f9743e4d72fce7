import type { CutoverLab } from './cutover-lab.ts'
import type { MigrationStack } from './migration-stack.ts'

/** Grants of an option's holder and on columns, settings of a role and of the database: all that a fence could forget. */
export async function hostileGrants({ pair }: MigrationStack): Promise<void> {
  for (const side of ['source', 'target'] as const)
    await pair.sql(
      side,
      `begin; set local role shop_owner; grant insert on shop.writes to shop_app with grant option; grant update (note) on shop.writes to shop_batch;
       set local role shop_app; grant insert on shop.writes to shop_batch; reset role;
       alter role shop_batch in database shop set statement_timeout = '77s'; commit`,
    )
  await pair.sql('source', 'alter database shop set default_transaction_read_only = off')
}

/** Rights per grantor, settings and triggers of one side; without DMS's own users, who come and go. */
export async function rights(lab: CutoverLab, side: 'source' | 'target'): Promise<unknown> {
  const [row] = await lab.sql(
    side,
    `with acl as (
       select 'table ' || c.oid::regclass as object, a.* from pg_class c cross join lateral aclexplode(c.relacl) as a where c.relnamespace::regnamespace::text in ('shop', 'billing', '"Warehouse"')
       union all
       select 'column ' || t.attrelid::regclass || '.' || t.attname, a.* from pg_attribute t cross join lateral aclexplode(t.attacl) as a where t.attrelid::regclass::text !~ '^(pg_|information)'
       union all
       select 'schema ' || n.nspname, a.* from pg_namespace n cross join lateral aclexplode(n.nspacl) as a where n.nspname in ('shop', 'billing', 'Warehouse')
       union all
       select 'database', a.* from pg_database d cross join lateral aclexplode(d.datacl) as a where d.datname = 'shop'
     )
     select
       (select json_agg(format('%s: %s by %s to %s%s', object, privilege_type, grantor::regrole, case when grantee = 0 then 'public' else grantee::regrole::text end, case when is_grantable then ' *' else '' end) order by object, privilege_type, grantor::regrole::text, grantee::regrole::text)
        from acl where grantee = 0 or grantee::regrole::text !~ '^dms_') as rights,
       (select json_agg(format('%s/%s %s', setdatabase, setrole::regrole, setconfig) order by setdatabase, setrole) from pg_db_role_setting) as settings,
       (select json_agg(format('%s %s %s', tgrelid::regclass, tgname, tgenabled) order by tgrelid::regclass::text, tgname) from pg_trigger where not tgisinternal and tgrelid::regclass::text !~ '^aurora_migration') as triggers`,
  )
  return row
}
