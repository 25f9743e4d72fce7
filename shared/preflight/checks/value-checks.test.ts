import { describe, expect, test } from 'vitest'
import { cleanFacts, column, index, known, relation, replace, withTables } from '../clean-facts.ts'
import type { PreflightFacts } from '../facts.ts'
import { said } from '../said.ts'
import type { ColumnSequence, SampledColumn, StructureFacts } from '../structure-facts.ts'

const spoiled = (facts: PreflightFacts, side: 'source' | 'target', change: Partial<StructureFacts>) =>
  side === 'source'
    ? { ...facts, source: { ...facts.source, ...change } }
    : { ...facts, target: { ...facts.target, ...change } }

const seen = (change: Partial<SampledColumn>): PreflightFacts =>
  replace('source', {
    sampled: known({
      columns: [
        {
          schema: 'shop',
          table: 'orders',
          column: 'x',
          baseType: 'timestamptz',
          infinity: false,
          notANumber: false,
          decimals: null,
          digits: null,
          ...change,
        },
      ],
      unseen: [],
    }),
  })

const cascading = relation('items', {
  constraints: [
    {
      name: 'items_fk',
      kind: 'f',
      isDeferrable: false,
      isValidated: true,
      definition: 'FOREIGN KEY (o) REFERENCES shop.orders(id) ON UPDATE CASCADE ON DELETE CASCADE',
    },
  ],
})
const made = relation('made', {
  columns: [column('id', 'int8', { notNull: true, default: "nextval('s'::regclass)" })],
})
const updated = (facts: PreflightFacts, ...tables: readonly string[]): PreflightFacts => ({
  ...facts,
  source: {
    ...facts.source,
    statistics: known(
      tables.map((table) => ({
        schema: 'shop',
        table,
        bytes: '1',
        rows: '1',
        inserted: '0',
        updated: '5',
        deleted: '0',
      })),
    ),
  },
})
const coalesced = {
  schema: 'shop',
  table: 'orders',
  index: 'one_open',
  definition: 'CREATE UNIQUE INDEX one_open ON shop.orders USING btree (COALESCE(closed, 0))',
}
const fed = (change: Partial<ColumnSequence>): ColumnSequence => ({
  schema: 'shop',
  table: 'orders',
  column: 'id',
  columnType: 'integer',
  sequenceSchema: 'shop',
  sequence: 'orders_id_seq',
  ...change,
})
const atValue = (lastValue: string, columnType = 'integer'): PreflightFacts =>
  replace('source', {
    columnSequences: known([fed({ columnType })]),
    sequences: known([{ schema: 'shop', sequence: 'orders_id_seq', lastValue, readable: true }]),
  })
const sequence = {
  schema: 'shop',
  sequence: 'orders_id_seq',
  type: 'bigint',
  start: '1',
  increment: '1',
  min: '1',
  max: '9',
  cycle: false,
  ownerOid: null,
}

/** A table with a varchar column without a length, measured. */
const varchar = (bytes: string, exact = true): PreflightFacts => ({
  ...withTables([relation('a', { columns: [column('v', 'varchar')] })]),
  varchars: known([
    { schema: 'shop', table: 'a', column: 'v', type: 'character varying', kind: 'BLOB', bytes, exact },
  ]),
})

describe('keys, values and references', () => {
  test.each<[string, string, PreflightFacts, string[]]>([
    ['source-key-updates', 'ON UPDATE CASCADE', withTables([cascading]), ['warning: shop.items: items_fk']],
    [
      'source-key-updates',
      'a key of the application’s',
      updated(withTables([relation('countries')]), 'countries'),
      ['note: shop.countries (id)'],
    ],
    ['source-key-updates', 'never updated', withTables([relation('countries')]), []],
    ['source-key-updates', 'made by a sequence', updated(withTables([made]), 'made'), []],
    [
      'source-timestamptz',
      'a column',
      withTables([relation('t', { columns: [column('at', 'timestamptz')] })]),
      ['note: shop.t.at'],
    ],
    [
      'source-char-padding',
      'a column',
      withTables([relation('t', { columns: [column('c', 'bpchar', { type: 'character(2)' })] })]),
      ['note: shop.t.c (character(2))'],
    ],
    ['source-unbounded-varchar', 'cut', varchar('8001'), ['blocker: shop.a.v (8001 bytes)']],
    ['source-unbounded-varchar', 'near', varchar('8000'), ['warning: shop.a.v']],
    ['source-unbounded-varchar', 'short', varchar('4000'), ['note: shop.a.v']],
    ['source-unbounded-varchar', 'short as far as was seen', varchar('4000', false), ['warning: shop.a.v']],
    ['source-infinity', 'seen', seen({ infinity: true }), ['blocker: shop.orders.x (timestamptz)']],
    ['source-infinity', 'a numeric is another check’s', seen({ infinity: true, baseType: 'numeric' }), []],
    [
      'source-infinity',
      'never analysed',
      replace('source', {
        sampled: known({ columns: [], unseen: [{ schema: 'shop', table: 'orders' }] }),
      }),
      ['blocker: shop.orders'],
    ],
    [
      'source-numeric-scale',
      '29 digits',
      seen({ baseType: 'numeric', digits: 29, decimals: 1 }),
      ['blocker: shop.orders.x (29 digits)'],
    ],
    ['source-numeric-scale', '28 digits', seen({ baseType: 'numeric', digits: 28, decimals: 10 }), []],
    [
      'source-numeric-scale',
      'NaN',
      seen({ baseType: 'numeric', notANumber: true }),
      ['blocker: shop.orders.x'],
    ],
    [
      'target-lob-not-null',
      'a column',
      withTables([
        relation('t', {
          columns: [column('id', 'int8', { notNull: true }), column('b', 'text', { notNull: true })],
        }),
      ]),
      ['note: shop.t.b'],
    ],
    [
      'expression-keys',
      'coalesce',
      spoiled(cleanFacts(), 'source', { expressionKeys: known([coalesced]) }),
      ['blocker: shop.orders: one_open'],
    ],
    [
      'expression-keys',
      'lower() on the target',
      spoiled(cleanFacts(), 'target', {
        expressionKeys: known([
          {
            ...coalesced,
            definition: 'CREATE UNIQUE INDEX one_open ON shop.orders USING btree (lower(name))',
          },
        ]),
      }),
      ['note: shop.orders: one_open'],
    ],
    [
      'source-sequence-columns',
      'full',
      atValue('2147483647'),
      ['blocker: shop.orders.id (integer, sequence at 2147483647)'],
    ],
    [
      'source-sequence-columns',
      'nearly full',
      atValue('2000000000'),
      ['warning: shop.orders.id (integer, sequence at 2000000000)'],
    ],
    ['source-sequence-columns', 'half full', atValue('1000000000'), []],
    ['source-sequence-columns', 'bigint', atValue('9000000000', 'bigint'), []],
    [
      'source-sequences-outside',
      'another schema',
      spoiled(cleanFacts(), 'source', {
        columnSequences: known([fed({ sequenceSchema: 'ids', sequence: 'all' })]),
      }),
      ['blocker: shop.orders.id: ids.all'],
    ],
    [
      'source-sequences-outside',
      'a migrated one',
      spoiled(withTables([relation('orders')], [relation('orders')], { sequences: [sequence] }), 'source', {
        columnSequences: known([fed({})]),
      }),
      [],
    ],
    [
      'source-foreign-keys-outside',
      'one',
      spoiled(cleanFacts(), 'source', {
        outsideReferences: known([
          { schema: 'shop', table: 'orders', constraint: 'fk', other: 'crm.people' },
        ]),
      }),
      ['warning: shop.orders: fk → crm.people'],
    ],
    [
      'invalid-indexes',
      'on the source',
      withTables([relation('t', { indexes: [index('t_i', ['id'], { isValid: false })] })], []),
      ['warning: shop.t: t_i'],
    ],
    [
      'fall-back-source',
      'identity and a trigger',
      withTables([
        relation('t', {
          columns: [column('id', 'int8', { identity: 'a' }), column('g', 'int8', { generated: 's' })],
          triggers: [{ name: 'stamp', enabled: 'A' }],
        }),
      ]),
      ['blocker: shop.t.g', 'warning: shop.t.id', 'note: shop.t: stamp'],
    ],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })

  test('no way back is wanted: then nothing is asked of the source for it', () => {
    const facts = withTables([relation('t', { triggers: [{ name: 'stamp', enabled: 'A' }] })])
    const { migration } = facts
    expect(
      said('fall-back-source', {
        ...facts,
        migration: { ...migration, cutover: { ...migration.cutover, 'fall-back': false } },
      }),
    ).toEqual([])
  })

  test('rights column by column: what cannot be read is named, and granted alone', () => {
    const dmsRights = known({
      tables: [{ schema: 'shop', table: 'orders', missing: ['SELECT'], columns: ['name', 'E mail'] }],
      schemas: [],
      mayConnect: true,
      maySetReplicationRole: true,
    })
    expect(said('dms-rights', replace('source', { dmsRights }))).toEqual([
      'blocker: shop.orders (SELECT (name, E mail))',
    ])
  })
})
