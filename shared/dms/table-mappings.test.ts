import { describe, expect, test } from 'vitest'
import { tableMappings } from './table-mappings.ts'

interface Rule {
  'rule-id': string
  'rule-name': string
  'rule-action': string
  'object-locator': { 'schema-name': string; 'table-name': string }
}
const markerTable = { schema: 'aurora_migration_markers', table: 'shop_1' }
const rulesOf = (tables: { schema: string; table: string }[]) =>
  tableMappings({ tables, markerTable, lobs: [], ranges: [] }).rules as Rule[]

describe('tableMappings', () => {
  test('names every table and the marker table by an explicit rule', () => {
    const explicit = rulesOf([
      { schema: 'shop', table: 'orders' },
      { schema: 'shop', table: 'my_table' },
    ]).filter((rule) => rule['rule-action'] === 'explicit')
    expect(explicit.map((rule) => rule['object-locator'])).toEqual([
      { 'schema-name': 'shop', 'table-name': 'my_table' },
      { 'schema-name': 'shop', 'table-name': 'orders' },
      { 'schema-name': 'aurora_migration_markers', 'table-name': 'shop_1' },
    ])
  })

  test('excludes the journal, but not the markers, and what DMS makes', () => {
    const excluded = rulesOf([]).filter((rule) => rule['rule-action'] === 'exclude')
    expect(excluded.map((rule) => rule['object-locator'])).toEqual([
      { 'schema-name': 'aurora[_]migration', 'table-name': '%' },
      { 'schema-name': '%', 'table-name': 'awsdms[_]%' },
    ])
  })

  test('gives every rule an id and a name of its own', () => {
    const rules = rulesOf([{ schema: 's', table: 'a' }])
    expect(new Set(rules.map((rule) => rule['rule-id'])).size).toBe(rules.length)
    expect(new Set(rules.map((rule) => rule['rule-name'])).size).toBe(rules.length)
  })

  test('is the same whatever the order of the tables', () => {
    const a = { schema: 'b', table: 'Z' }
    const b = { schema: 'a', table: 'ä' }
    const c = { schema: 'b', table: 'a' }
    expect(rulesOf([a, b, c])).toEqual(rulesOf([c, a, b]))
  })

  test('gives a table one rule for its ranges and its LOB limit, after the selections, and others none', () => {
    const a = { schema: 'shop', table: 'a' }
    const b = { schema: 'shop', table: 'b' }
    const { rules } = tableMappings({
      tables: [b, a, { schema: 'shop', table: 'c' }],
      markerTable,
      lobs: [
        { ...b, maxKb: 2048 },
        { ...a, maxKb: 64 },
      ],
      ranges: [{ ...a, columns: ['id'], boundaries: [['100'], ['200']] }],
    }) as { rules: Rule[] }
    expect(rules.slice(-3)).toMatchObject([
      { 'rule-action': 'exclude' },
      {
        'rule-id': '7',
        'rule-type': 'table-settings',
        'object-locator': { 'schema-name': 'shop', 'table-name': 'a' },
        'parallel-load': { type: 'ranges', columns: ['id'], boundaries: [['100'], ['200']] },
        'lob-settings': { mode: 'limited', 'bulk-max-size': '64' },
      },
      {
        'rule-id': '8',
        'rule-type': 'table-settings',
        'object-locator': { 'schema-name': 'shop', 'table-name': 'b' },
        'lob-settings': { mode: 'limited', 'bulk-max-size': '2048' },
      },
    ])
    expect(rules.at(-1)).not.toHaveProperty('parallel-load')
    expect(rules.filter((rule) => !('rule-action' in rule))).toHaveLength(2)
  })
})
