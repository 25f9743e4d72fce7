import type { Offence } from './offence.ts'

/** Keys, values and references that DMS changes or loses. */
export const offences: readonly Offence[] = [
  {
    code: 'source-key-updates',
    object: 'shop.offending_child: offending_child_code_fkey',
    side: 'source',
    sql: [
      'create table shop.offending_parent (code varchar(10) primary key)',
      'alter table shop.offending_parent owner to shop_owner',
      'create table shop.offending_child (code varchar(10) primary key references shop.offending_parent on update cascade)',
      'alter table shop.offending_child owner to shop_owner',
    ],
  },
  {
    code: 'source-timestamptz',
    object: 'shop.offending_times.at',
    side: 'source',
    sql: [
      'create table shop.offending_times (id bigint primary key, at timestamptz, until timestamp, code char(3))',
      'alter table shop.offending_times owner to shop_owner',
    ],
  },
  {
    code: 'source-char-padding',
    object: 'shop.offending_times.code (character(3))',
    side: 'source',
    sql: ["insert into shop.offending_times values (1, now(), 'infinity', 'a')"],
  },
  {
    code: 'source-infinity',
    object: 'shop.offending_times.until (timestamp)',
    side: 'source',
    sql: ['analyze shop.offending_times'],
  },
  {
    code: 'target-lob-not-null',
    object: 'shop.offending_lob.body',
    side: 'source',
    sql: [
      'create table shop.offending_lob (id bigint primary key, body text not null)',
      'alter table shop.offending_lob owner to shop_owner',
    ],
  },
  {
    code: 'target-lob-not-null',
    object: 'shop.offending_lob.body',
    side: 'target',
    sql: [
      'create table shop.offending_lob (id bigint primary key, body text not null)',
      'alter table shop.offending_lob owner to shop_owner',
    ],
  },
  {
    code: 'expression-keys',
    object: 'shop.offending_lob: offending_lob_key',
    side: 'source',
    sql: ["create unique index offending_lob_key on shop.offending_lob (coalesce(body, 'none'))"],
  },
  {
    code: 'source-sequence-columns',
    object: 'shop.offending_narrow.id (integer, sequence at 2147480000)',
    side: 'source',
    sql: [
      'create sequence shop.offending_wide',
      "create table shop.offending_narrow (id integer primary key default nextval('shop.offending_wide'))",
      'alter table shop.offending_narrow owner to shop_owner',
      "select setval('shop.offending_wide', 2147480000)",
      'alter sequence shop.offending_wide owner to shop_owner',
    ],
  },
  {
    code: 'source-sequences-outside',
    object: 'shop.offending_fed.id: offending_ids.all_ids',
    side: 'source',
    sql: [
      'create schema offending_ids',
      'create sequence offending_ids.all_ids',
      "create table shop.offending_fed (id bigint primary key default nextval('offending_ids.all_ids'))",
      'alter table shop.offending_fed owner to shop_owner',
    ],
  },
  {
    code: 'source-foreign-keys-outside',
    object: 'shop.offending_guest: offending_guest_person_fkey → public.offending_people',
    side: 'source',
    sql: [
      'create table public.offending_people (id integer primary key)',
      'create table shop.offending_guest (id bigint primary key, person integer references public.offending_people)',
      'alter table shop.offending_guest owner to shop_owner',
    ],
  },
  {
    code: 'invalid-indexes',
    object: 'shop.offending_times: offending_times_at_idx',
    side: 'source',
    sql: [
      'create index offending_times_at_idx on shop.offending_times (at)',
      "update pg_index set indisvalid = false where indexrelid = 'shop.offending_times_at_idx'::regclass",
    ],
  },
  {
    code: 'fall-back-source',
    object: 'shop.orders: normalise_order',
    side: 'source',
    sql: ['alter table shop.orders enable always trigger normalise_order'],
  },
]
