import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { auditSchema } from '../../shared/cutover/audit.ts'
import type { EnvironmentSettings } from '../runner/github-server.ts'
import type { ApprovalDecision } from '../runner/run-workflow.ts'
import type { FixtureRun } from '../runner/workflow-fixture.ts'
import { jobPermissions, openGateLab, told, type GateLab } from './gate-lab.ts'

// The gate of a cutover by an environment: the real action, run by the runner against its GitHub, on two real databases.
// Whatever is refused has touched nothing; what is approved goes through, in the end.

const name = 'production-cutover'
const guarded: EnvironmentSettings = { name, reviewers: ['ben', 'ana'], preventSelfReview: true }

// Each runs one or two workflows, with the action from its sources: seconds, and many times that on a busy machine.
vi.setConfig({ testTimeout: 180_000 })

let gate: GateLab
beforeAll(async () => {
  gate = await openGateLab('gate environment', [guarded])
}, 120_000)
afterAll(async () => gate.close())
beforeEach(() => void gate.github.state.environments.set(name, guarded))

const by =
  (user: string, comment = '', state: ApprovalDecision['state'] = 'approved') =>
  (): Promise<ApprovalDecision> =>
    Promise.resolve({ state, user, comment })

const job = (environment = `environment: ${name}`, inputs = '', digest = gate.lab.digest) =>
  `  cutover:\n    runs-on: x\n    ${environment}\n    ${jobPermissions}\n    steps: [${gate.step(inputs, digest)}]\n`

/** Runs what must be refused, and demands that neither database was touched. Gives what was told. */
async function refused(work: () => Promise<FixtureRun>): Promise<string> {
  const before = await gate.state()
  const run = await work()
  expect(run.jobs['cutover']?.result, told(run)).toBe('failure')
  expect(await gate.state()).toBe(before)
  return told(run)
}

test('a reviewer who rejects: GitHub does not even start the job', async () => {
  const before = await gate.state()
  const run = await gate.run(job(), { approve: by('ben', 'not today', 'rejected') })
  expect(run.jobs['cutover']).toMatchObject({ result: 'failure', steps: [] })
  expect(await gate.state()).toBe(before)
})

test('an approval that is missing: the job ran without one, as after an administrator’s bypass', async () => {
  gate.github.state.environments.set(name, { name })
  const text = await refused(() =>
    gate.run(job(), {
      onEvent: (event) => {
        if (event.type === 'run-started') return
        gate.github.state.environments.set(name, guarded)
      },
    }),
  )
  expect(text).toContain('no reviewer approved this run')
  expect(text).toContain('an administrator’s bypass is no approval')
})

test('an environment without reviewers', async () => {
  gate.github.state.environments.set(name, { name })
  const text = await refused(() => gate.run(job()))
  expect(text).toContain(`the environment ${name} has no required reviewers`)
  expect(text).toContain('`cutover.approval` in the migration file')
})

test('an approval by the actor, where the environment allows that', async () => {
  gate.github.state.environments.set(name, { ...guarded, preventSelfReview: false })
  const text = await refused(() => gate.run(job(), { approve: by('ana') }))
  expect(text).toContain('only ana approved, who started this run')
  expect(text).toContain(`the environment ${name} allows self-review`)
})

const warmUp = `  warm-up: { runs-on: x, environment: ${name}, steps: [{ run: 'true' }] }\n`

test('an approval in the same run for another job, with the cutover outside of the environment', async () => {
  const text = await refused(() => gate.run(warmUp + job('needs: warm-up'), { approve: by('ben') }))
  expect(text).toContain(`this job runs in no environment; the plan demands ${name}`)
  expect(text).toContain(`Set \`environment: ${name}\` on the job of the cutover`)
})

test('an approval in the same run for another job of the same environment', async () => {
  const text = await refused(() =>
    gate.run(warmUp + job(`needs: warm-up\n    environment: ${name}`), { approve: by('ben') }),
  )
  expect(text).toContain(`2 jobs of this workflow use the environment ${name}`)
  expect(text).toContain(`a comment that contains \`${gate.lab.digest.slice(0, 8)}\``)
})

test('a token that may not read the approvals', async () => {
  const text = await refused(() => gate.run(job().replace('actions: read, ', ''), { approve: by('ben') }))
  expect(text).toContain('actions: read')
})

test('evidence that is too old', async () => {
  const age = (hours: number) =>
    gate.lab.sql(
      'source',
      `update aurora_migration.evidence set measured_at = measured_at - interval '${hours} hours'`,
    )
  await age(24)
  const text = await refused(() => gate.run(job(), { approve: by('ben') }))
  await age(-24)
  expect(text).toContain('the policy allows 1440 min')
  expect(text).toContain('Run wait-cdc-sync again and have the new evidence approved')
})

test('evidence that has drifted from what the policy allows, with each number beside what is allowed', async () => {
  const set = (ms: number) =>
    gate.lab.sql(
      'source',
      `update aurora_migration.evidence set evidence = jsonb_set(evidence, '{markerRoundTripsMs}', '[${ms}]')`,
    )
  await set(10_500)
  const text = await refused(() => gate.run(job(), { approve: by('ben') }))
  await set(10)
  expect(text).toContain('the marker took 10500 ms; the policy allows 10000 ms')
  expect(text).toContain('| ❌ | slowest round trip of a marker | 10500 ms | not measured again | 10000 ms |')
})

test('a plan that is not the approved one any more, with the difference', async () => {
  await gate.lab.sql('source', 'create table shop.came_later (id int primary key)')
  const text = await refused(() => gate.run(job(), { approve: by('ben') }))
  await gate.lab.sql('source', 'drop table shop.came_later')
  expect(text).toContain('table shop.came_later is new')
  expect(text).toContain('have the new plan approved')
})

test('outside of its window, by the source’s clock', async () => {
  const digest = await gate.replan("  window: { not-after: '2020-01-01T04:00:00+01:00' }\n")
  const text = await refused(() => gate.run(job(undefined, '', digest), { approve: by('ben') }))
  expect(await gate.replan('')).toBe(gate.lab.digest)
  expect(text).toContain('by the database’s clock: the window closed at 2020-01-01T04:00:00+01:00')
  expect(text).toContain('have the new plan approved')
})

test('a re-run that comes after an attempt which began nothing is no new approval', async () => {
  const first = await gate.run(job(), { approve: by('ben'), ref: 'refs/heads/main', environment: {} })
  expect(first.jobs['cutover']?.result).toBe('failure')
  const text = await refused(() =>
    gate.run(job(), { approve: by('ben'), rerun: { of: first, jobs: 'failed', actor: 'ana' } }),
  )
  expect(text).toContain('this is attempt 2, and its run began nothing under this plan')
  expect(text).toContain('Start a new run and have it approved')
})

test('a pause that was taken back says what is true of both databases; a re-run may not begin another', async () => {
  await gate.lab.holdDrain()
  const first = await gate.run(job(), { approve: by('ben') })
  await gate.lab.stack.emulator.clearFaults()
  expect(first.jobs['cutover']?.result).toBe('failure')
  expect(await gate.lab.decision('source')).toBe('aborted')
  expect(told(first)).toContain('**The source is the database and takes writes.**')
  const text = await refused(() =>
    gate.run(job(), { approve: by('ben'), rerun: { of: first, jobs: 'failed', actor: 'ana' } }),
  )
  expect(text).toContain('this is attempt 2, and what its run began ended before its commit point')
})

test('an approved cutover goes through; past its commit point a re-run finishes it', async () => {
  await gate.lab.stack.emulator.addFault({
    operation: 'PutSecretValue',
    // The check tries the right; the switch itself is then refused.
    after: 1,
    effect: { kind: 'error', name: 'AccessDeniedException', message: 'not allowed' },
  })
  const file = join(dirname(gate.lab.stack.file), 'records', 'cutover.json')
  const recorded = async () => auditSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  const recording = job(undefined, `audit-file: '${file}'`)
  const first = await gate.run(recording, { approve: by('ben', 'go') })
  expect(first.jobs['cutover']?.result, told(first)).toBe('failure')
  expect(told(first)).toContain('**The target is the database and takes writes.**')
  expect(await recorded()).toMatchObject({
    outcome: 'failed',
    approval: { how: 'environment', by: ['ben'], startedBy: ['ana'] },
    run: { id: first.runId, attempt: 1, actor: 'ana' },
    standing: { source: 'committed in generation 2', target: 'opened in generation 2' },
  })
  await gate.lab.stack.emulator.clearFaults()
  const second = await gate.run(recording, {
    approve: by('ben'),
    rerun: { of: first, jobs: 'failed', actor: 'ana' },
  })
  expect(second.jobs['cutover']?.result, told(second)).toBe('success')
  expect(told(second)).toContain(`ben, in the environment ${name}`)
  expect(await gate.lab.decision('target')).toBe('opened')
  expect(await recorded()).toMatchObject({
    outcome: 'finished',
    resumed: true,
    generation: '2',
    run: { id: first.runId, attempt: 2 },
    plan: { digest: gate.lab.digest },
    versions: { source: expect.stringMatching(/^15\./u), target: expect.stringMatching(/^17\./u) },
    lsn: { markers: [{ id: expect.stringMatching(/^[0-9a-f-]{36}$/u) }] },
    switches: [{ name: 'secret shop/app', changed: true }],
  })
  for (const side of ['source', 'target'] as const)
    expect(
      await gate.lab.sql(
        side,
        "select detail ->> 'outcome' as outcome from aurora_migration.journal where event = 'audit' order by id desc limit 2",
      ),
    ).toEqual([{ outcome: 'finished' }, { outcome: 'failed' }])
  const pausing = await gate.lab.sql(
    'source',
    "select detail -> 'approval' ->> 'how' as how, detail -> 'approval' -> 'by' ->> 0 as by from aurora_migration.journal where event = 'pausing' order by id desc limit 1",
  )
  expect(pausing).toEqual([{ how: 'environment', by: 'ben' }])
})
