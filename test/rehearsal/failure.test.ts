import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openGivenServers, type GivenServers } from './given-servers.ts'
import { makeOutFolder, readReport, runRehearsal } from './rehearsal-command.ts'

const folder = makeOutFolder('failing')
let servers: GivenServers
beforeAll(async () => {
  servers = await openGivenServers('failing', { wal_level: 'replica' })
})
afterAll(async () => {
  await servers.close()
  folder.remove()
})

test('a migration that fails on its way: the step and its error, and a source that went on', async () => {
  const { exitCode, stdout } = await runRehearsal(folder.out, '--approve', ...servers.flags)
  expect(exitCode).toBe(1)
  expect(stdout).toContain('✘ not clean')

  const report = readReport(folder.out)
  expect(report.reasons[0]).toBe('the workflow ended with failure')
  expect(report.reasons[1]).toMatch(/^preflight \/ .* failed: see /u)
  expect(report.reasons[2]).toMatch(/^preflight \/ .*: blocked by /u)
  expect(report.reasons).not.toContain('the judge found faults')
  expect(report).toMatchObject({ clean: false, lostWrites: 0, freezeMs: null })
  expect(report.jobs).toMatchObject({ preflight: { result: 'failure' }, cutover: { result: 'skipped' } })
  expect(readFileSync(join(folder.out, 'report.md'), 'utf8')).toContain('wal_level')
})
