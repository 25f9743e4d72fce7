import { describe, expect, test } from 'vitest'
import { divideDump, fitSql, type DumpChoice } from './dump-contents.ts'

const post = [
  '3843; 2606 16536 CONSTRAINT shop orders orders_pkey shop_owner',
  '4653; 0 0 COMMENT shop CONSTRAINT orders_pkey ON orders shop_owner',
  '3840; 1259 17284 INDEX shop orders_customer_id_idx shop_owner',
  '3844; 1259 17414 INDEX shop orders_customer_id_idx2 shop_owner',
  '3911; 0 0 INDEX ATTACH shop page_views_2025_pkey shop_owner',
  '3910; 0 0 INDEX ATTACH shop page_views_2025_customer_id_idx shop_owner',
  '4089; 2618 17306 RULE shop order_overview _RETURN shop_owner',
  '4090; 2618 17307 RULE shop orders no_delete shop_owner',
  '3945; 2620 17302 TRIGGER shop orders audit_order shop_owner',
  '3930; 2606 16537 FK CONSTRAINT shop orders orders_customer_id_fkey shop_owner',
  '4700; 0 0 COMMENT shop CONSTRAINT orders_customer_id_fkey ON orders shop_owner',
  '4701; 0 0 COMMENT shop CONSTRAINT "Odd Key" ON "Odd Table" shop_owner',
]
const all = [
  ';',
  '; Archive created at 2026-11-20',
  '5; 2615 2200 SCHEMA - public pg_database_owner',
  '4102; 0 0 COMMENT - SCHEMA public pg_database_owner',
  '4103; 0 0 ACL - SCHEMA public pg_database_owner',
  '6; 2615 16390 SCHEMA - shop shop_owner',
  '4104; 0 0 ACL - SCHEMA shop shop_owner',
  '3; 3079 16385 EXTENSION - citext ',
  '231; 1259 16505 TABLE shop orders shop_owner',
  '232; 1259 16506 TABLE public awsdms_ddl_audit shop_owner',
  '4218; 0 0 ACL shop TABLE orders shop_owner',
  ...post,
]
const kept = (oid: string, name: string) => ({ oid, schema: 'shop', name, owner: 'shop_owner' })
const choice: DumpChoice = {
  keptIndexes: [kept('17414', 'orders_customer_id_idx2'), kept('1', 'page_views_2025_pkey')],
  presentSchemas: [{ name: 'public', own: false }],
  foreignKeys: [
    { schema: 'shop', table: 'orders', name: 'orders_customer_id_fkey' },
    { schema: 'shop', table: 'Odd Table', name: 'Odd Key' },
  ],
}

describe('a dump in two parts', () => {
  const { before, after } = divideDump(all.join('\n'), post.join('\n'), choice)
  const words = (lines: readonly string[]) => lines.map((line) => line.replace(/^\d+; \d+ \d+ /u, ''))

  test('before the load: tables, rights, keys, unique indexes, views that rest on a key', () => {
    expect(words(before)).toEqual([
      'SCHEMA - shop shop_owner',
      'ACL - SCHEMA shop shop_owner',
      'TABLE shop orders shop_owner',
      'ACL shop TABLE orders shop_owner',
      'CONSTRAINT shop orders orders_pkey shop_owner',
      'INDEX shop orders_customer_id_idx2 shop_owner',
      'INDEX ATTACH shop page_views_2025_pkey shop_owner',
      'RULE shop order_overview _RETURN shop_owner',
    ])
  })

  test('after it: triggers, rules, comments; foreign keys and other indexes are made otherwise', () => {
    expect(words(after)).toEqual([
      'COMMENT shop CONSTRAINT orders_pkey ON orders shop_owner',
      'RULE shop orders no_delete shop_owner',
      'TRIGGER shop orders audit_order shop_owner',
    ])
  })

  test('a schema of our own on the target keeps its rights as the source has them', () => {
    const own = { ...choice, presentSchemas: [{ name: 'public', own: true }] }
    expect(words(divideDump(all.join('\n'), post.join('\n'), own).before)[0]).toBe(
      'ACL - SCHEMA public pg_database_owner',
    )
  })
})

test('rights of roles that stay behind are left out', () => {
  const text = [
    'GRANT SELECT ON TABLE shop.orders TO dms_source;',
    'GRANT SELECT ON TABLE shop.orders TO "Odd Role" WITH GRANT OPTION;',
    'GRANT SELECT ON TABLE shop.orders TO dms_source_two;',
    'ALTER DEFAULT PRIVILEGES FOR ROLE o IN SCHEMA shop GRANT SELECT ON TABLES TO dms_source;',
    '  -- GRANT TO dms_source;',
  ].join('\n')
  expect(
    fitSql(text, { targetMajor: 17, forPsql: true, withoutRoles: ['dms_source', 'Odd Role'] }).split('\n'),
  ).toEqual(['GRANT SELECT ON TABLE shop.orders TO dms_source_two;', '  -- GRANT TO dms_source;'])
})

test('settings that an older target does not know, and psql’s own commands, are left out where they must be', () => {
  const text = '\\restrict abc\nSET transaction_timeout = 0;\nSET lock_timeout = 0;\n\\unrestrict abc'
  expect(fitSql(text, { targetMajor: 16, forPsql: true, withoutRoles: [] })).toBe(
    '\\restrict abc\nSET lock_timeout = 0;\n\\unrestrict abc',
  )
  expect(fitSql(text, { targetMajor: 17, forPsql: false, withoutRoles: [] })).toBe(
    'SET transaction_timeout = 0;\nSET lock_timeout = 0;',
  )
})
