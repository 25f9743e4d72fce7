import { expect, test } from 'vitest'
import { relation } from '../preflight/clean-facts.ts'
import { plannedRelations } from './planned-tables.ts'

const relations = [
  relation('orders'),
  relation('notes'),
  relation('views', { kind: 'p' }),
  relation('views_2025', { isPartition: true, parentOids: ['views'] }),
  relation('views_2026', { kind: 'p', isPartition: true, parentOids: ['views'] }),
  relation('views_2026_01', { isPartition: true, parentOids: ['views_2026'] }),
  relation('remote', { kind: 'f' }),
  relation('summary', { kind: 'm' }),
  relation('spatial', { ofExtension: true }),
]

const names = (include: string[], exclude: string[] = []) => {
  const { planned, parents, left } = plannedRelations(relations, { include, exclude })
  return [planned, parents, left].map((list) => list.map(({ table }) => table))
}

test('everything: leaves are planned, their parents are not, the rest is left', () => {
  expect(names(['shop.%'])).toEqual([
    ['orders', 'notes', 'views_2025', 'views_2026_01'],
    ['views', 'views_2026'],
    ['remote', 'summary', 'spatial'],
  ])
})

test('a partitioned table brings its leaves, at every level', () => {
  expect(names(['shop.views'])).toEqual([['views_2025', 'views_2026_01'], ['views', 'views_2026'], []])
  expect(names(['shop.views[_]2026'])).toEqual([['views_2026_01'], ['views', 'views_2026'], []])
})

test('excluding a partitioned table takes its leaves out, and exclude wins', () => {
  expect(names(['shop.%'], ['shop.views'])[0]).toEqual(['orders', 'notes'])
  expect(names(['shop.%'], ['shop.views[_]2026'])[0]).toEqual(['orders', 'notes', 'views_2025'])
  expect(names(['shop.orders'], ['%.o%'])[0]).toEqual([])
})
