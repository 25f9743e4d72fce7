import { describe, expect, test } from 'vitest'
import type { Table } from './catalogue.ts'
import { nameMatcher, readMappingRules } from './mapping-rules.ts'
import { selectTables } from './mapping.ts'

function table(schema: string, name: string, kind: Table['kind'] = 'r'): Table {
  return {
    oid: '1',
    schema,
    name,
    kind,
    replicaIdentity: 'd',
    isPartition: false,
    hasChildren: false,
    estimatedRows: 0,
    keyColumns: ['id'],
    identityColumns: [],
    columns: ['id', 'Secret'].map((column) => ({
      name: column,
      type: 'text',
      declaredType: 'text',
      baseType: 'text',
      baseNamespace: 'pg_catalog',
      kind: 'b',
      category: 'S',
      typmod: -1,
      notNull: false,
      generated: false,
      identityAlways: false,
    })),
  }
}

let id = 0
const selection = (action: string, schema: string, name: string, more: object = {}): object => ({
  'rule-type': 'selection',
  'rule-id': String((id += 1)),
  'rule-name': `s${id}`,
  'object-locator': { 'schema-name': schema, 'table-name': name },
  'rule-action': action,
  ...more,
})
const transformation = (target: string, action: string, locator: object, more: object = {}): object => ({
  'rule-type': 'transformation',
  'rule-id': String((id += 1)),
  'rule-name': `t${id}`,
  'rule-target': target,
  'object-locator': locator,
  'rule-action': action,
  ...more,
})
const select = (tables: Table[], ...rules: object[]) =>
  selectTables(tables, readMappingRules({ rules }), { viewsAllowed: false, targetSchema: '' })
const names = (tables: Table[], ...rules: object[]): string[] =>
  select(tables, ...rules).map(({ source }) => `${source.schema}.${source.name}`)

describe('name patterns', () => {
  test.each([
    ['my_table', 'myXtable', true],
    ['my[_]table', 'myXtable', false],
    ['my[_]table', 'my_table', true],
    ['%', 'anything at all', true],
    ['t[ab]%', 'tb1', true],
    ['t[a-d]', 'te', false],
    ['a.b', 'axb', false],
    ['Orders', 'orders', false],
  ])('%s against %s: %s', (pattern, name, expected) => {
    expect(nameMatcher(pattern)(name)).toBe(expected)
  })
})

describe('selection', () => {
  const tables = [table('shop', 'b'), table('shop', 'a'), table('shop', 'v', 'v'), table('other', 'a')]

  test('includes in alphabetical order, tables only', () => {
    expect(names(tables, selection('include', 'shop', '%'))).toEqual(['shop.a', 'shop.b'])
  })

  test('excludes win, whatever the order', () => {
    expect(names(tables, selection('exclude', 'shop', 'a'), selection('include', '%', '%'))).toEqual([
      'other.a',
      'shop.b',
    ])
  })

  test('explicit is the exact name', () => {
    expect(names([table('shop', 'a_b'), table('shop', 'axb')], selection('explicit', 'shop', 'a_b'))).toEqual(
      ['shop.a_b'],
    )
  })

  test('a higher load-order loads first', () => {
    expect(
      names(
        tables,
        selection('include', 'shop', '%'),
        selection('include', 'shop', 'b', { 'load-order': '2' }),
      ),
    ).toEqual(['shop.b', 'shop.a'])
  })
})

describe('transformations', () => {
  test('rename schema, prefix table, lower-case and remove columns', () => {
    const [selected] = select(
      [table('Shop', 'A')],
      selection('include', 'Shop', '%'),
      transformation('schema', 'rename', { 'schema-name': 'Shop' }, { value: 'shop2' }),
      transformation('table', 'convert-lowercase', { 'schema-name': '%', 'table-name': '%' }),
      transformation('table', 'add-prefix', { 'schema-name': '%', 'table-name': '%' }, { value: 'p_' }),
      transformation('column', 'remove-column', {
        'schema-name': '%',
        'table-name': '%',
        'column-name': 'id',
      }),
      transformation('column', 'convert-lowercase', {
        'schema-name': '%',
        'table-name': '%',
        'column-name': '%',
      }),
    )
    expect(selected?.targetSchema).toBe('shop2')
    expect(selected?.targetTable).toBe('p_a')
    expect([...(selected?.columns ?? [])]).toEqual([['Secret', 'secret']])
  })

  test('an action that the emulator does not do is refused by name', () => {
    expect(() =>
      readMappingRules({
        rules: [transformation('column', 'change-data-type', { 'schema-name': '%' })],
      }),
    ).toThrow(/rule-action/)
  })

  test('table settings need exact names', () => {
    expect(() =>
      readMappingRules({
        rules: [
          {
            'rule-type': 'table-settings',
            'rule-id': '1',
            'object-locator': { 'schema-name': 'shop', 'table-name': '%' },
          },
        ],
      }),
    ).toThrow('Exact schema and table name required when using table settings rule')
  })
})
