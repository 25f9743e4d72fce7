import { expect, test } from 'vitest'
import { redoDone } from './server-log.ts'

test('finds where a restore ended', () => {
  const line =
    '2026-11-21 08:00:00 UTC::@:[434]:LOG:  redo done at 15/600002A8 system usage: CPU: user: 0.00 s, system: 0.00 s, elapsed: 0.01 s'
  expect(redoDone(line)).toBe('15/600002A8')
  expect(redoDone('2026-11-21 08:00:00 UTC::@:[434]:LOG:  redo starts at 15/60000028')).toBeUndefined()
})
