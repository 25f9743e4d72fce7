import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeOutFolder, startRehearsal } from './rehearsal-command.ts'
import { leftOf, tracesOf } from './rehearsal-traces.ts'

const folder = makeOutFolder('interrupted')
afterAll(() => folder.remove())

test('Ctrl-C ends a rehearsal within seconds, with everything that it started', async () => {
  const command = startRehearsal(folder.out, '--approve')
  await command.untilSaid('job load\n')
  const traces = tracesOf(command.pid)
  expect(leftOf(traces, folder.out).length).toBeGreaterThan(20)

  const began = performance.now()
  // A terminal sends it to the whole group.
  process.kill(-command.pid, 'SIGINT')
  const { exitCode, stderr } = await command.ended
  expect(performance.now() - began).toBeLessThan(6000)
  expect(exitCode).toBe(1)
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(
    '✘ ended by SIGINT; nothing that it started is left running',
  )
  expect(leftOf(traces, folder.out)).toEqual([])
  expect(existsSync(join(folder.out, 'report.json'))).toBe(false)
})
