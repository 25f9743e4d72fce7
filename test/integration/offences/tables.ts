import type { Offence } from './offence.ts'

/** Statements that make a table of the sample's owner. */
const table = (name: string, columns: string) => [
  `create table shop.${name} (${columns})`,
  `alter table shop.${name} owner to shop_owner`,
]

/** Tables and columns of the source that DMS does not carry, or not as they are. */
const ofSource: readonly Offence[] = [
  { code: 'planned-tables', object: 'nowhere.%', by: 'file' },
  {
    code: 'source-unlogged-tables',
    object: 'shop.offending_unlogged',
    sql: [
      'create unlogged table shop.offending_unlogged (id bigint primary key)',
      'alter table shop.offending_unlogged owner to shop_owner',
    ],
  },
  {
    code: 'source-foreign-tables',
    object: 'shop.offending_foreign',
    sql: [
      'create extension if not exists file_fdw',
      'create server offending_files foreign data wrapper file_fdw',
      "create foreign table shop.offending_foreign (line text) server offending_files options (filename '/dev/null')",
    ],
  },
  {
    code: 'source-materialized-views',
    object: 'shop.offending_matview',
    sql: ['create materialized view shop.offending_matview as select 1 as one'],
  },
  {
    code: 'source-inheritance',
    object: 'shop.offending_heir',
    sql: [
      ...table('offending_ancestor', 'id bigint primary key'),
      'create table shop.offending_heir () inherits (shop.offending_ancestor)',
      'alter table shop.offending_heir owner to shop_owner',
    ],
  },
  {
    code: 'source-partitions',
    object: 'shop.offending_partitioned',
    sql: [
      'create table shop.offending_partitioned (id bigint primary key) partition by hash (id)',
      'create table shop.offending_partition partition of shop.offending_partitioned for values with (modulus 1, remainder 0)',
      'alter table shop.offending_partitioned owner to shop_owner',
      'alter table shop.offending_partition owner to shop_owner',
    ],
  },
  {
    code: 'source-table-keys',
    object: 'shop.offending_keyless (1 updates, 0 deletes seen)',
    sql: [
      ...table('offending_keyless', 'name varchar(20)'),
      "insert into shop.offending_keyless values ('a')",
      "update shop.offending_keyless set name = 'b'",
      'select pg_stat_force_next_flush()',
      'select 1',
    ],
  },
  {
    code: 'source-replica-identity',
    object: 'shop.offending_identity',
    sql: [
      ...table('offending_identity', 'id bigint primary key'),
      'alter table shop.offending_identity replica identity nothing',
    ],
  },
  {
    code: 'source-name-case',
    object: 'shop.Offending_case',
    sql: [
      ...table('"Offending_case"', 'id bigint primary key'),
      ...table('offending_case', 'id bigint primary key'),
    ],
  },
  {
    code: 'source-column-types',
    object: 'shop.offending_types.search (tsvector)',
    sql: table('offending_types', 'id bigint primary key, search tsvector'),
  },
  {
    code: 'source-numeric-scale',
    object: 'shop.offending_numeric.amount',
    sql: table('offending_numeric', 'id bigint primary key, amount numeric'),
  },
  {
    code: 'source-unbounded-varchar',
    object: 'shop.offending_varchar.note',
    sql: table('offending_varchar', 'id bigint primary key, note varchar'),
  },
  {
    code: 'source-lob-size',
    object: 'shop.offending_film.film (300000 bytes as DMS counts them)',
    scene: 'settings',
    sql: [
      ...table('offending_film', 'id bigint primary key, film bytea'),
      "insert into shop.offending_film values (1, convert_to(repeat('x', 300000), 'UTF8'))",
    ],
  },
  {
    code: 'source-lob-keys',
    object: 'shop.offending_text_key.id (text)',
    sql: table('offending_text_key', 'id text primary key'),
  },
  {
    code: 'deferrable-constraints',
    object: 'shop.offending_deferrable: offending_deferrable_pkey',
    sql: table('offending_deferrable', 'id bigint primary key deferrable initially deferred'),
  },
  {
    code: 'source-large-objects',
    object: 'pg_largeobject',
    sql: ["select lo_from_bytea(0, '\\x00')"],
  },
  {
    code: 'source-sequence-limits',
    sql: [
      'create sequence shop.offending_sequence maxvalue 100',
      'alter sequence shop.offending_sequence owner to shop_owner',
      "select setval('shop.offending_sequence', 99)",
    ],
  },
  {
    code: 'row-security',
    object: 'shop.offending_policy',
    sql: [
      ...table('offending_policy', 'id bigint primary key'),
      'alter table shop.offending_policy enable row level security',
    ],
  },
]

/** What the target lacks, has too much of, or does to rows that come. */
const ofTarget: readonly Offence[] = [
  {
    code: 'target-tables',
    object: 'shop.offending_missing',
    side: 'source',
    sql: table('offending_missing', 'id bigint primary key'),
  },
  {
    code: 'target-columns',
    object: 'shop.addresses.postcode is text, not character varying(12)',
    side: 'target',
    sql: ['alter table shop.addresses alter column postcode type text'],
  },
  {
    code: 'target-keys',
    object: 'shop.reviews: "id" here, none there',
    side: 'target',
    sql: ['alter table shop.reviews drop constraint reviews_pkey'],
  },
  {
    code: 'target-sequences',
    object: 'shop.offending_missing_sequence',
    side: 'source',
    sql: [
      'create sequence shop.offending_missing_sequence',
      'alter sequence shop.offending_missing_sequence owner to shop_owner',
    ],
  },
  {
    code: 'target-extensions',
    object: 'citext',
    side: 'source',
    sql: ['create extension citext'],
  },
  {
    code: 'target-secondary-objects',
    object: 'shop.orders: index orders_customer_id_idx',
    side: 'target',
    sql: ['drop index shop.orders_customer_id_idx'],
  },
  {
    code: 'target-identity-always',
    object: 'shop.suppliers.offending_number',
    side: 'target',
    sql: ['alter table shop.suppliers add column offending_number bigint generated always as identity'],
  },
  {
    code: 'target-generated-columns',
    object: 'shop.products.offending_total',
    side: 'target',
    sql: [
      'alter table shop.products add column offending_total numeric(12,2) generated always as (price * 2) stored',
    ],
  },
  {
    code: 'target-triggers',
    object: 'shop.orders: offending_always',
    side: 'target',
    sql: [
      'create trigger offending_always after insert on shop.orders for each row execute function shop.audit_order()',
      'alter table shop.orders enable always trigger offending_always',
    ],
  },
  {
    code: 'target-rules',
    object: 'shop.suppliers: offending_rule',
    side: 'target',
    sql: ['create rule offending_rule as on delete to shop.suppliers do instead nothing'],
  },
  {
    code: 'target-empty',
    object: 'shop.countries',
    side: 'target',
    sql: ["insert into shop.countries values ('zz', 'left over')"],
  },
]

export const offences: readonly Offence[] = [...ofSource, ...ofTarget]
