import type { Offence } from './offence.ts'

/** What is on one side only, or another thing on each. */
export const offences: readonly Offence[] = [
  {
    code: 'collations',
    object: 'shop.countries.name: pg_catalog."POSIX" here, default there',
    side: 'source',
    sql: ['alter table shop.countries alter column name type varchar(60) collate "POSIX"'],
  },
  {
    code: 'extension-versions',
    object: 'hstore: 1.8 here, 1.4 there',
    side: 'source',
    sql: ['create extension hstore'],
  },
  {
    code: 'extension-versions',
    object: 'hstore: 1.8 here, 1.4 there',
    side: 'target',
    sql: ["create extension hstore version '1.4'"],
  },
  {
    code: 'target-types',
    object:
      "shop.order_status: 'new', 'paid', 'sent', 'done', 'cancelled' here, 'new', 'paid', 'sent', 'done', 'cancelled', 'lost' there",
    side: 'target',
    sql: ["alter type shop.order_status add value 'lost'"],
  },
  {
    code: 'target-views',
    object: 'shop.offending_view',
    side: 'source',
    sql: ['create view shop.offending_view as select 1 as one'],
  },
  {
    code: 'target-functions',
    object: 'shop.offending_function(one integer)',
    side: 'source',
    sql: [
      "create function shop.offending_function(one integer) returns integer language sql as 'select one'",
    ],
  },
  {
    code: 'target-definitions',
    object: 'index shop.addresses: addresses_customer_id_idx',
    side: 'target',
    sql: [
      'drop index shop.addresses_customer_id_idx',
      'create index addresses_customer_id_idx on shop.addresses (postcode)',
    ],
  },
  {
    code: 'target-other-objects',
    object: 'shop.offending_statistics',
    side: 'source',
    sql: ['create statistics shop.offending_statistics on customer_id, status from shop.orders'],
  },
  {
    code: 'target-owners',
    object: 'shop.categories: shop_batch, not shop_owner',
    side: 'target',
    sql: ['alter table shop.categories owner to shop_batch'],
  },
  {
    code: 'target-grants',
    object: 'table shop.suppliers: UPDATE to shop_app',
    side: 'target',
    sql: ['revoke update on shop.suppliers from shop_app'],
  },
  {
    code: 'target-writes',
    object: 'shop.settings (1 inserts, 0 updates, 1 deletes)',
    side: 'target',
    sql: [
      "insert into shop.settings values ('offending', '1')",
      "delete from shop.settings where name = 'offending'",
      'select pg_stat_force_next_flush()',
      'select 1',
    ],
  },
]
