import { expect, test } from 'vitest'
import { chooseFence, judgeLockSlots, lockSlots } from './choose-fence.ts'

const settings: Readonly<Record<string, number>> = {
  max_locks_per_transaction: 64,
  max_connections: 90,
  max_prepared_transactions: 10,
}
const slots = lockSlots((name) => settings[name] ?? 0)

test('auto takes locks while half of the slots are left to others', () => {
  expect(slots).toBe(6400)
  expect(chooseFence('auto', 3200, slots)).toBe('lock')
  expect(chooseFence('auto', 3201, slots)).toBe('read-only')
  expect(chooseFence('lock', 9000, slots)).toBe('lock')
  expect(chooseFence('read-only', 1, slots)).toBe('read-only')
})

test('locks that cannot all be held refuse, and the other fence is named', () => {
  expect(judgeLockSlots('lock', 6400, slots)).toEqual([])
  expect(judgeLockSlots('lock', 6401, slots)).toMatchObject([
    { field: 'cutover.fence', remedy: expect.stringContaining('fence: read-only') as string },
  ])
  expect(judgeLockSlots('read-only', 6401, slots)).toEqual([])
})
