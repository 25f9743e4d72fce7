import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { makeOutFolder, readReport, runRehearsal, startRehearsal } from './rehearsal-command.ts'
import { leftOf, tracesOf } from './rehearsal-traces.ts'
import { enterRehearsal, type RunningRehearsal } from './running-rehearsal.ts'

const folder = makeOutFolder('killed')
afterAll(() => folder.remove())

/** How long everything may take to be gone, in milliseconds. */
const patienceMs = 5000

/** In the middle of a table that is being loaded. */
async function fullLoad(running: RunningRehearsal): Promise<void> {
  await running.addFault({ operation: 'full-load:rows', match: 'shop.documents', effect: { kind: 'hold' } })
  await running.untilCounted(
    'target',
    `select count(*) from pg_stat_progress_copy where command = 'COPY FROM'`,
  )
  // What else was being loaded has been, and COPY still goes on: it is the held one.
  await sleep(1000)
  await running.untilCounted(
    'target',
    `select count(*) from pg_stat_progress_copy where command = 'COPY FROM'`,
  )
}

/** In the freeze: writers wait for the cutover's locks, the target for the last changes. */
async function cutover(running: RunningRehearsal): Promise<void> {
  await running.delayReplication(1500)
  await running.untilCounted(
    'source',
    `select count(*) from aurora_migration.decision where phase = 'paused'`,
  )
  await running.addFault({ operation: 'cdc:apply', effect: { kind: 'hold' } })
  await running.untilCounted('source', 'select count(*) from pg_locks where not granted')
}

const all = [
  { how: 'with its process group', when: 'the cutover', moment: cutover, said: 'job cutover\n' },
  { how: 'alone', when: 'the full load', moment: fullLoad, said: 'job preflight' },
  { how: 'with its process group', when: 'the full load', moment: fullLoad, said: 'job preflight' },
  { how: 'alone', when: 'the cutover', moment: cutover, said: 'job cutover\n' },
] as const
// One tells most; KILL=all adds the others.
const chosen = process.env.KILL === 'all' ? all : all.slice(0, 1)

test.each(chosen)(
  'a rehearsal that is killed $how during $when leaves nothing behind',
  async ({ how, moment, said }) => {
    const command = startRehearsal(folder.out, '--approve')
    await command.untilSaid(said, 120_000)
    const running = await enterRehearsal(command, folder.out)
    await moment(running)
    await running.keepBusy()
    const traces = tracesOf(command.pid)
    // The rehearsal, supervisor, orphan watch, AWS, writers, an action; two servers with their helpers.
    expect(traces.processes.length).toBeGreaterThan(18)
    expect(traces.segments).toHaveLength(2)
    expect(leftOf(traces, folder.out).length).toBeGreaterThan(20)

    process.kill(how === 'alone' ? command.pid : -command.pid, 'SIGKILL')
    await sleep(patienceMs)
    expect(leftOf(traces, folder.out)).toEqual([])
  },
)

test('and the next rehearsal, into the same folder, is clean', async () => {
  const { exitCode, stdout } = await runRehearsal(folder.out, '--approve')
  expect(stdout).toContain('✔ clean')
  expect(exitCode).toBe(0)

  const report = readReport(folder.out)
  expect(report).toMatchObject({
    clean: true,
    reasons: [],
    lostWrites: 0,
    duplicateWrites: 0,
    splitBrainWrites: 0,
    sequenceCollisions: 0,
    sequencesBehind: 0,
    rowMismatches: 0,
    denied: false,
    sabotage: null,
    targetRefusesApplication: false,
    sourceVersion: expect.stringMatching(/^15\.\d+$/u) as unknown,
    targetVersion: expect.stringMatching(/^17\.\d+$/u) as unknown,
  })
  expect(report.acknowledgedWrites).toBeGreaterThanOrEqual(500)
  expect(report.inDoubtWrites).toBeGreaterThanOrEqual(0)
  expect(report.writeDowntimeMs).toBeGreaterThan(0)
  expect(report.freezeMs).toBeGreaterThan(0)
  expect(report.markerRoundTripMs).toBeGreaterThan(0)
  // Nothing is left to abort.
  for (const [id, { result }] of Object.entries(report.jobs))
    expect([id, result]).toEqual([id, id === 'abort' ? 'skipped' : 'success'])
  const names = report.phases.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['pause', 'drain', 'fence', 'open', 'switch']))
  for (const phase of report.phases) {
    expect(Date.parse(phase.startedAt)).toBeGreaterThan(0)
    expect(phase.ms).toBeGreaterThanOrEqual(0)
  }
})
