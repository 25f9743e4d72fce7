import { describe, expect, test } from 'vitest'
import type { LobMaximum } from '../../migration/lob-columns.ts'
import type { PreflightFacts } from '../facts.ts'
import {
  cleanFacts,
  column,
  index,
  known,
  relation,
  setting,
  testMigration,
  withTables,
} from '../clean-facts.ts'
import { said } from '../said.ts'

const id = column('id', 'int8')
const bare = { indexes: [] }
const numeric = (precision: number, scale: number) => ((precision << 16) | scale) + 4
const partition = { isPartition: true, parentOids: ['views'] }
const seen = (table: string, updated: string, deleted: string) => ({
  schema: 'shop',
  table,
  bytes: '1',
  rows: '1',
  inserted: '1',
  updated,
  deleted,
})
const keyless = (updated: string, deleted = '0'): PreflightFacts => {
  const facts = withTables([relation('clicks', bare)])
  return { ...facts, source: { ...facts.source, statistics: known([seen('clicks', updated, deleted)]) } }
}
const lob = (bytes: string): LobMaximum => ({
  schema: 'shop',
  table: 'docs',
  column: 'body',
  type: 'text',
  kind: 'NCLOB',
  bytes,
  exact: true,
})
const lobs = (
  maxKb: 'auto' | number,
  bytes: string,
  more: Partial<LobMaximum> = {},
  others: LobMaximum[] = [],
): PreflightFacts => ({
  ...cleanFacts(),
  migration: { ...testMigration, dms: { ...testMigration.dms, lob: { 'max-kb': maxKb } } },
  lobs: known([{ ...lob(bytes), ...more }, ...others]),
})
const sampled = { exact: false, sample: { pages: '300', ofPages: '9000', rows: '4500' } }
const sampledObject =
  'shop.docs.body (at least 100 bytes as DMS counts them); 300 of 9,000 pages (4,500 rows) were seen; with 95 % confidence at most 1 page in 100 holds a larger one'
const included = (include: string[], facts: PreflightFacts = cleanFacts()): PreflightFacts => ({
  ...facts,
  migration: { ...testMigration, tables: { include, exclude: [] } },
})

describe('tables and columns of the source', () => {
  test.each<[string, string, PreflightFacts, string[]]>([
    ['planned-tables', 'none', withTables([]), ['blocker: shop.%']],
    ['planned-tables', 'a pattern without any', included(['shop.%', 'old.%']), ['warning: old.%']],
    [
      'planned-tables',
      'tables of an extension',
      withTables([relation('orders')], undefined, { left: [relation('spatial', { ofExtension: true })] }),
      ['note: shop.spatial'],
    ],
    ['source-unlogged-tables', 'one', withTables([relation('a', { persistence: 'u' })]), ['blocker: shop.a']],
    [
      'source-foreign-tables',
      'one',
      withTables([relation('a')], undefined, { left: [relation('f', { kind: 'f' })] }),
      ['blocker: shop.f'],
    ],
    [
      'source-materialized-views',
      'one',
      withTables([relation('a')], undefined, { left: [relation('m', { kind: 'm' })] }),
      ['note: shop.m'],
    ],
    [
      'source-inheritance',
      'parent and child',
      withTables([relation('a'), relation('b', { parentOids: ['a'] }), relation('c')]),
      ['blocker: shop.a, shop.b'],
    ],
    [
      'source-inheritance',
      'partitions are none',
      withTables([relation('views_1', partition)], undefined, {
        parents: [relation('views', { kind: 'p' })],
      }),
      [],
    ],
    [
      'source-partitions',
      'one',
      withTables([relation('views_1', partition)], undefined, {
        parents: [relation('views', { kind: 'p' })],
      }),
      ['note: shop.views'],
    ],
    ['source-table-keys', 'updated', keyless('2'), ['blocker: shop.clicks (2 updates, 0 deletes seen)']],
    [
      'source-table-keys',
      'deleted from',
      keyless('0', '1'),
      ['blocker: shop.clicks (0 updates, 1 deletes seen)'],
    ],
    ['source-table-keys', 'inserted only', keyless('0'), ['note: shop.clicks']],
    [
      'source-table-keys',
      'never counted',
      withTables([relation('clicks', bare)]),
      ['blocker: shop.clicks (? updates, ? deletes seen)'],
    ],
    [
      'source-table-keys',
      'the full row',
      withTables([relation('clicks', { indexes: [], replicaIdentity: 'f' })]),
      [],
    ],
    [
      'source-table-keys',
      'an index as identity',
      withTables([
        relation('a', { replicaIdentity: 'i', indexes: [index('u', ['id'], { isReplicaIdentity: true })] }),
      ]),
      [],
    ],
    [
      'source-table-keys',
      'a unique index is no identity',
      withTables([relation('a', { indexes: [index('u', ['id'])] })]),
      ['blocker: shop.a (? updates, ? deletes seen)'],
    ],
    [
      'source-replica-identity',
      'nothing',
      withTables([relation('a', { replicaIdentity: 'n' })]),
      ['blocker: shop.a'],
    ],
    [
      'source-name-case',
      'tables',
      withTables([relation('Orders'), relation('orders')]),
      ['blocker: shop.Orders, shop.orders'],
    ],
    [
      'source-name-case',
      'columns',
      withTables([relation('a', { columns: [id, column('ID')] })]),
      ['blocker: shop.a.id, shop.a.ID'],
    ],
    [
      'source-column-types',
      'a range',
      withTables([relation('a', { columns: [column('r', 'int4range', { typeKind: 'r' })] })]),
      ['blocker: shop.a.r (int4range)'],
    ],
    [
      'source-column-types',
      'a composite',
      withTables([relation('a', { columns: [column('c', 'address', { typeKind: 'c' })] })]),
      ['blocker: shop.a.c (address)'],
    ],
    [
      'source-column-types',
      'an enum',
      withTables([relation('a', { columns: [column('e', 'state', { typeKind: 'e' })] })]),
      ['warning: shop.a.e (state)'],
    ],
    [
      'source-numeric-scale',
      'none',
      withTables([relation('a', { columns: [column('n', 'numeric')] })]),
      ['warning: shop.a.n'],
    ],
    [
      'source-numeric-scale',
      '39 digits',
      withTables([relation('a', { columns: [column('n', 'numeric', { typeModifier: numeric(39, 2) })] })]),
      ['warning: shop.a.n'],
    ],
    [
      'source-numeric-scale',
      '38 digits',
      withTables([relation('a', { columns: [column('n', 'numeric', { typeModifier: numeric(38, 10) })] })]),
      [],
    ],
    [
      'source-unbounded-varchar',
      'one',
      withTables([relation('a', { columns: [column('v', 'varchar')] })]),
      ['warning: shop.a.v'],
    ],
    [
      'source-lob-size',
      'above the file’s limit',
      lobs(32, '32769'),
      ['blocker: shop.docs.body (32769 bytes as DMS counts them)'],
    ],
    [
      'source-lob-size',
      'at the limit',
      lobs(32, '32768'),
      ['warning: shop.docs.body (32768 bytes as DMS counts them)'],
    ],
    ['source-lob-size', 'half the limit', lobs(32, '16384'), []],
    ['source-lob-size', 'auto makes room', lobs('auto', '52428800'), []],
    [
      'source-lob-size',
      'as DMS ends, auto cannot make room',
      lobs('auto', '52428801'),
      ['warning: shop.docs.body (52428801 bytes as DMS counts them)'],
    ],
    [
      'source-lob-size',
      'above what DMS can',
      lobs('auto', '104857601'),
      ['blocker: shop.docs.body (104857601 bytes as DMS counts them)'],
    ],
    [
      'source-lob-size',
      'a table that stands out has a limit of its own',
      lobs('auto', '9000000', {}, [{ ...lob('10'), table: 'notes' }]),
      [],
    ],
    ['source-lob-size', 'auto from a sample', lobs('auto', '100', sampled), [`blocker: ${sampledObject}`]],
    [
      'source-lob-size',
      'a sample beside the file’s number',
      lobs(64, '100', sampled),
      [`warning: ${sampledObject}`],
    ],
    [
      'source-lob-size',
      'a sample can still be too large',
      lobs(32, '40000', sampled),
      [
        'blocker: shop.docs.body (at least 40000 bytes as DMS counts them)',
        `warning: ${sampledObject.replace('100 bytes', '40000 bytes')}`,
      ],
    ],
    [
      'source-lob-keys',
      'no key',
      withTables([relation('a', { columns: [column('t', 'text')], indexes: [] })]),
      ['blocker: shop.a'],
    ],
    [
      'source-lob-keys',
      'a partial index is none',
      withTables([
        relation('a', { columns: [column('t', 'text')], indexes: [index('u', ['t'], { isPartial: true })] }),
      ]),
      ['blocker: shop.a'],
    ],
    [
      'source-lob-keys',
      'a text key',
      withTables([relation('a', { columns: [column('id', 'text')] })]),
      ['blocker: shop.a.id (text)'],
    ],
    [
      'deferrable-constraints',
      'a key',
      withTables([
        relation('a', {
          constraints: [
            {
              name: 'k',
              kind: 'p',
              isDeferrable: true,
              isValidated: true,
              definition: 'PRIMARY KEY (id) DEFERRABLE',
            },
          ],
        }),
      ]),
      ['blocker: shop.a: k', 'blocker: shop.a: k'],
    ],
    [
      'deferrable-constraints',
      'a foreign key',
      withTables([
        relation('a', {
          constraints: [{ name: 'f', kind: 'f', isDeferrable: true, isValidated: true, definition: '' }],
        }),
      ]),
      ['note: shop.a: f'],
    ],
    [
      'source-lock-slots',
      'too few',
      { ...withTables(Array.from({ length: 4000 }, (_, n) => relation(`t${n}`))) },
      ['warning: max_locks_per_transaction'],
    ],
    [
      'source-lock-slots',
      'far too few',
      { ...withTables(Array.from({ length: 7000 }, (_, n) => relation(`t${n}`))) },
      ['blocker: max_locks_per_transaction'],
    ],
    [
      'source-lock-slots',
      'far too few, with the fence that holds one at a time',
      {
        ...withTables(Array.from({ length: 7000 }, (_, n) => relation(`t${n}`))),
        migration: {
          ...cleanFacts().migration,
          cutover: { ...cleanFacts().migration.cutover, fence: 'read-only' },
        },
      },
      [],
    ],
    ['source-lock-slots', 'enough', setting('source', 'max_locks_per_transaction', '1'), []],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })
})
