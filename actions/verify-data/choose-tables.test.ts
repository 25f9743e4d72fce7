import { describe, expect, test } from 'vitest'
import { catalogue, relation } from '../../shared/preflight/clean-facts.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import { chooseTables, type TableChoice } from './choose-tables.ts'

const both = (names: readonly string[]) => catalogue(names.map((name) => relation(name)))
const all: TableChoice = { planned: undefined, patterns: [], exclude: [] }
const planned = (...names: string[]) => names.map((table) => ({ schema: 'shop', table }))

describe('chooseTables', () => {
  test('no table of the plan is passed over in silence', () => {
    const chosen = chooseTables(both(['a', 'b', 'c', 'd']), both(['a', 'b', 'c']), {
      planned: planned('d', 'c', 'b', 'a', 'gone'),
      patterns: [],
      exclude: [{ tables: 'shop.b', reason: 'Reloaded afterwards' }],
    })
    expect(chosen.compared.map(({ source }) => source.table)).toEqual(['a', 'c'])
    expect(chosen.left).toEqual([
      { schema: 'shop', table: 'b', found: 'skipped', reason: 'Reloaded afterwards' },
      { schema: 'shop', table: 'd', found: 'different', reason: 'the target has no such table' },
      { schema: 'shop', table: 'gone', found: 'unsettled', reason: 'the source has no such table any more' },
    ])
  })

  test('what came after the plan is compared as well: no task carries it', () => {
    const chosen = chooseTables(both(['a', 'new', 'newer']), both(['a', 'new']), {
      ...all,
      planned: planned('a'),
    })
    expect(chosen.compared.map(({ source }) => source.table)).toEqual(['a', 'new'])
    expect(chosen.left).toEqual([
      {
        schema: 'shop',
        table: 'newer',
        found: 'different',
        reason: 'the target has no such table; it came after the plan',
      },
    ])
  })

  test('patterns choose, and one that means nothing is refused', () => {
    const chosen = chooseTables(both(['a', 'b1', 'b2']), both(['a', 'b1', 'b2']), {
      ...all,
      patterns: ['shop.b%'],
    })
    expect(chosen.compared.map(({ source }) => source.table)).toEqual(['b1', 'b2'])
    expect(chosen.left).toMatchObject([{ table: 'a', found: 'skipped' }])
    for (const pattern of ['shop.x%', 'b1', 'Shop.a'])
      expect(() => chooseTables(both(['a']), both(['a']), { ...all, patterns: [pattern] })).toThrow(
        MigrationError,
      )
  })

  test('a column that the target lacks is a difference, whatever is compared', () => {
    const [wide] = both(['a']).planned
    if (wide === undefined) throw new Error('no table')
    const narrow = { ...wide, columns: wide.columns.slice(1) }
    const of = (table: typeof wide) => ({ planned: [table], parents: [], left: [] })
    expect(chooseTables(of(wide), of(narrow), all)).toMatchObject({
      compared: [],
      left: [{ found: 'different', reason: `the target lacks the column ${wide.columns[0]?.name ?? ''}` }],
    })
  })
})
