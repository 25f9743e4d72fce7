import { expect, test } from 'vitest'
import { relation } from '../preflight/clean-facts.ts'
import { partitionFamily } from './partition-family.ts'

test('partitions at any depth are of the family of the table at the top; other tables have none', () => {
  const top = relation('views', { oid: '1', kind: 'p' })
  const year = relation('views_2026', { oid: '2', kind: 'p', isPartition: true, parentOids: ['1'] })
  const parents = [top, year]
  const leaf = (parentOid: string) => relation('leaf', { isPartition: true, parentOids: [parentOid] })
  expect(partitionFamily(leaf('1'), parents)).toBe('shop.views')
  expect(partitionFamily(leaf('2'), parents)).toBe('shop.views')
  expect(partitionFamily(leaf('3'), parents)).toBe('3')
  expect(partitionFamily(relation('child', { parentOids: ['1'] }), parents)).toBeUndefined()
})
