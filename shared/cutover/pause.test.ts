import { expect, test } from 'vitest'
import { attemptMs } from './pause.ts'

test('most attempts at the locks are short; every third is longer, for writers that take their time', () => {
  const attempts = Array.from({ length: 15 }, (_, index) => attemptMs(index + 1, 1000))
  expect(attempts).toEqual([40, 40, 80, 40, 40, 160, 40, 40, 320, 40, 40, 400, 40, 40, 400])
})

test('none comes near the time at which the server looks for a deadlock, since a writer could be its victim', () => {
  expect(attemptMs(12, 500)).toBe(250)
  expect(attemptMs(1, 50)).toBe(25)
  expect(attemptMs(3, 1)).toBe(1)
})
