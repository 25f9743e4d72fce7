import { expect, test } from 'vitest'
import { tableMatcher, tableSelection, wildcardExpression } from './table-patterns.ts'

test.each([
  ['%', 'anything', true],
  ['%', '', true],
  ['order_', 'orders', true],
  ['order_', 'order', false],
  ['order_', 'order_', true],
  ['order[_]items', 'order_items', true],
  ['order[_]items', 'orderXitems', false],
  ['t[ab]', 'tb', true],
  ['t[ab]', 'tc', false],
  ['t[a-d]', 'td', true],
  ['t[a-d]', 'te', false],
  ['a.b*c', 'a.b*c', true],
  ['a.b', 'axb', false],
  ['t[^a]', 't^', true],
  ['t[^a]', 'tb', false],
  ['Orders', 'orders', false],
  ['[', '[', true],
  ['a\nb', 'a\nb', true],
  ['%ü%', 'grün', true],
])('the pattern %j against %j', (pattern, name, matches) => {
  expect(wildcardExpression(pattern).test(name)).toBe(matches)
})

test('schema and table are matched apart', () => {
  const matches = tableMatcher('sh%.o_der')
  expect(matches({ schema: 'shop', table: 'order' })).toBe(true)
  expect(matches({ schema: 'shop', table: 'orders' })).toBe(false)
  expect(matches({ schema: 'Shop', table: 'order' })).toBe(false)
})

test('several patterns are alternatives', () => {
  const selection = tableSelection({ include: ['a.%', 'b.x'], exclude: ['a.no%'] })
  expect(selection.includes({ schema: 'b', table: 'x' })).toBe(true)
  expect(selection.includes({ schema: 'b', table: 'y' })).toBe(false)
  expect(selection.excludes({ schema: 'a', table: 'notes' })).toBe(true)
})
