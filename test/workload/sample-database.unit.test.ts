import { expect, it } from 'vitest'
import { createSampleDatabase, randomPasswords } from './sample-database.ts'

it('makes passwords that DMS takes, all different', () => {
  const passwords = Object.values(randomPasswords())
  expect(new Set(passwords).size).toBe(7)
  for (const password of passwords) expect(password).toMatch(/^[A-Za-z0-9]{24,}$/)
})

it.each([0, -1, Number.NaN, 1e6])('refuses scale %s before it connects anywhere', async (scale) => {
  const options = { superuserUrl: 'postgres://nowhere.invalid/', side: 'source', scale } as const
  await expect(createSampleDatabase({ ...options, passwords: randomPasswords() })).rejects.toThrow('scale')
})
