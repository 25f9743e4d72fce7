import type { Offence } from './offence.ts'

/** Logins, their settings, and ways past the fence. */
export const offences: readonly Offence[] = [
  { code: 'dms-passwords', object: 'offending/dms-source', by: 'aws' },
  {
    code: 'dms-users-shared',
    object: 'offending_etl',
    side: 'source',
    sql: ['create role offending_etl login', 'grant dms_source to offending_etl'],
  },
  { code: 'switch-logins', object: 'offending/app', by: 'aws' },
  {
    code: 'reverse-users',
    object: 'dms_reverse_target',
    side: 'target',
    sql: ['alter role dms_reverse_target noreplication'],
  },
  {
    code: 'reverse-users-apart',
    object: 'offending_returner',
    side: 'source',
    sql: ['create role offending_returner login', 'grant dms_reverse_source to offending_returner'],
  },
  {
    code: 'reverse-rights',
    object: 'shop.orders (UPDATE)',
    side: 'source',
    sql: ['revoke update on shop.orders from dms_reverse_source'],
  },
  {
    code: 'reverse-replica-role',
    object: 'dms_reverse_source',
    side: 'source',
    sql: ['revoke set on parameter session_replication_role from dms_reverse_source'],
  },
  {
    code: 'reverse-login-rights',
    object: 'migrator on the source',
    side: 'source',
    sql: ['alter role migrator nocreaterole'],
  },
  {
    code: 'role-parity',
    object: 'offending_readers',
    side: 'source',
    sql: ['create role offending_readers'],
  },
  {
    code: 'role-settings-parity',
    object: 'search_path of shop_app: missing there',
    side: 'source',
    sql: ['alter role shop_app set search_path = shop, public'],
  },
  {
    code: 'target-session-defaults',
    object: 'shop_app: default_transaction_read_only = on',
    side: 'target',
    sql: ['alter role shop_app set default_transaction_read_only = on'],
  },
  {
    code: 'fence-role-settings',
    object: 'shop_batch: session_replication_role = replica',
    side: 'source',
    sql: ['alter role shop_batch set session_replication_role = replica'],
  },
  {
    code: 'fence-superusers',
    object: 'offending_superuser',
    side: 'source',
    sql: ['create role offending_superuser login superuser'],
  },
  {
    code: 'fence-owners',
    side: 'source',
    sql: ['create role offending_framework login', 'grant shop_owner to offending_framework'],
  },
  {
    code: 'fence-security-definers',
    object: 'shop.offending_definer() (called by shop_app)',
    side: 'source',
    sql: [
      "create function shop.offending_definer() returns void language sql security definer set search_path = pg_catalog as 'delete from shop.clicks'",
      'revoke execute on function shop.offending_definer() from public',
      'grant execute on function shop.offending_definer() to shop_app',
    ],
  },
  {
    code: 'fence-cron-jobs',
    object: 'nightly (0 3 * * *, as shop_batch)',
    side: 'source',
    // pg_cron itself is not among the servers' extensions; this is the table that it keeps its jobs in.
    sql: [
      'create schema cron',
      'create table cron.job (jobid bigint, schedule text, command text, nodename text, nodeport integer, database text, username text, active boolean, jobname text)',
      "insert into cron.job values (1, '0 3 * * *', 'select 1', 'localhost', 5432, 'shop', 'shop_batch', true, 'nightly')",
      'grant usage on schema cron to migrator',
      'grant select on cron.job to migrator',
    ],
  },
  {
    code: 'fence-other-writers',
    object: 'offending_writer (1 table)',
    side: 'source',
    sql: ['create role offending_writer login', 'grant update (name) on shop.countries to offending_writer'],
  },
  {
    code: 'fence-replication-logins',
    object: 'offending_follower',
    side: 'source',
    sql: ['create role offending_follower login replication'],
  },
  {
    code: 'fence-foreign-servers',
    object: 'legacy (postgres_fdw; shop_app)',
    side: 'source',
    sql: [
      'create extension postgres_fdw',
      "create server legacy foreign data wrapper postgres_fdw options (host '127.0.0.1', dbname 'legacy')",
      "create user mapping for shop_app server legacy options (user 'legacy')",
    ],
  },
  // pg_prewarm's: it reads that table's blocks after a start, and waits for the lock of the transaction `order-4711`.
  {
    code: 'fence-background-workers',
    object: 'autoprewarm worker (bootstrap, 1)',
    scene: 'settings',
    sql: ['create table public.offending_warm as select n from generate_series(1, 1000) as n'],
  },
  {
    code: 'source-prepared-transactions',
    object: 'order-4711',
    scene: 'settings',
    sql: ['begin', 'lock table public.offending_warm', "prepare transaction 'order-4711'"],
  },
  {
    code: 'fence-other-tables',
    object: 'public.offending_elsewhere (2 changes seen)',
    side: 'source',
    sql: [
      'create table public.offending_elsewhere (id integer)',
      'insert into public.offending_elsewhere values (1), (2)',
      'select pg_stat_force_next_flush()',
    ],
  },
  {
    code: 'leftover-fence',
    object: 'shop.tags_of_old',
    side: 'source',
    sql: [
      'create table shop.tags_of_old (id bigint primary key)',
      'alter table shop.tags_of_old owner to shop_owner',
      "create function public.offending_refusal() returns trigger language plpgsql as 'begin return null; end'",
      'create trigger aurora_migration_fence before insert on shop.tags_of_old for each statement execute function public.offending_refusal()',
    ],
  },
]
