import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { descendants, identify, isRunning, killNow, listProcesses, workingFolder } from './process-table.ts'

const row = (pid: number, parentPid: number): { pid: number; parentPid: number; startTime: string } => ({
  pid,
  parentPid,
  startTime: '1',
})

test('descendants are found over generations, in any order of the listing, without the ancestors themselves', () => {
  const rows = [row(7, 5), row(5, 3), row(3, 1), row(4, 1), row(6, 4)]
  expect(new Set(descendants([3], rows).map(({ pid }) => pid))).toEqual(new Set([5, 7]))
  expect(descendants([9], rows)).toEqual([])
  expect(descendants([2], [row(2, 2), row(3, 2)]).map(({ pid }) => pid)).toEqual([3])
})

test('a process is known by its number and start time, and where it works', async () => {
  const child = spawn('sleep', ['60'], { cwd: '/proc', stdio: 'ignore' })
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  const identity = identify(pid)
  expect(identity).toEqual({ pid, startTime: expect.stringMatching(/^\d+$/) })
  if (identity === undefined) return
  expect(listProcesses()).toContainEqual({ ...identity, parentPid: process.pid })
  expect(workingFolder(pid)).toBe('/proc')
  expect(isRunning(identity)).toBe(true)
  expect(isRunning({ pid, startTime: '1' })).toBe(false)

  const ended = once(child, 'exit')
  killNow(pid)
  await ended
  expect(isRunning(identity)).toBe(false)
  expect(workingFolder(pid)).toBeUndefined()
  expect(() => killNow(pid)).not.toThrow()
})
