import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { jobPermissions, openGateLab, told, type GateLab } from './gate-lab.ts'

// The gate of a cutover by a comment on an issue, where the plan of GitHub has no environments with reviewers: the real action,
// run by the runner against its GitHub, on two real databases. Whatever is refused has touched nothing.

const issue = 12

// Each runs one or two workflows, with the action from its sources: seconds, and many times that on a busy machine.
vi.setConfig({ testTimeout: 180_000 })

let gate: GateLab
beforeAll(async () => {
  gate = await openGateLab(
    'gate comment',
    [],
    `  approval:\n    issue: ${issue}\n    approvers: [ben, '@ana', acme/dba]\n`,
  )
  for (const login of ['ana', 'ben', 'cy', 'eve']) gate.github.state.associations.set(login, 'COLLABORATOR')
  gate.github.state.teamMembers.set('acme/dba', ['cy'])
}, 120_000)
afterAll(async () => gate.close())

const job = (inputs = '') => `  cutover: { runs-on: x, ${jobPermissions}, steps: [${gate.step(inputs)}] }\n`

const minute = 60_000

/** Leaves only these comments on the issue; `ago` in ms, edited where `edited`. */
function comments(...all: readonly { user: string; body: string; ago?: number; edited?: boolean }[]): void {
  const { state } = gate.github
  state.comments.length = 0
  for (const { user, body, ago = minute, edited = false } of all) {
    const at = (ms: number) => `${new Date(Date.now() - ms).toISOString().slice(0, 19)}Z`
    const [createdAt, updatedAt] = [at(ago), at(edited ? ago - 30_000 : ago)]
    state.comments.push({ id: state.nextId(), issue, user, body, createdAt, updatedAt })
  }
}

async function refused(inputs = ''): Promise<string> {
  const before = await gate.state()
  const run = await gate.run(job(inputs))
  expect(run.jobs['cutover']?.result, told(run)).toBe('failure')
  expect(await gate.state()).toBe(before)
  return told(run)
}

test('nobody has approved: it says who has to write what, and where', async () => {
  comments({ user: 'ben', body: 'looks good to me' })
  const text = await refused()
  expect(text).toContain(`nobody approved this cutover on issue ${issue} of acme/shop`)
  expect(text).toContain(
    `Somebody of ben, ana, acme/dba who did not start this run comments on issue ${issue} of acme/shop: \`approve cutover ${gate.lab.digest.slice(0, 12)}\``,
  )
})

test('comments that do not count, each with the reason', async () => {
  const digest = gate.lab.digest.slice(0, 12)
  const approve = `approve cutover ${digest}`
  gate.github.state.associations.delete('ben')
  comments(
    { user: 'ana', body: approve },
    { user: 'eve', body: approve },
    { user: 'cy', body: approve },
    { user: 'ben', body: `${approve}\n\nI am no collaborator any more` },
    { user: 'ben', body: `approve fall-back ${digest}` },
    { user: 'ben', body: 'approve cutover 0123456789ab' },
    { user: 'github-actions[bot]', body: approve },
  )
  const text = await refused()
  gate.github.state.associations.set('ben', 'COLLABORATOR')
  expect(text).toContain(
    'the approval of ana on issue 12 of acme/shop does not count: its author started this run',
  )
  expect(text).toContain(
    'the approval of eve on issue 12 of acme/shop does not count: cutover.approval does not name',
  )
  // A job's own token sees no team: that is said, and is no yes.
  expect(text).toMatch(/the approval of cy .* the token may not read acme\/dba/u)
  expect(text).toContain('its author is no member or collaborator here (NONE)')
  expect(text).toContain('it is for a fall-back, this is a cutover')
  expect(text).toContain('it names another plan, 0123456789ab')
  expect(text).toContain('it was written by a program')
})

test('a comment that was edited, and one from before the evidence', async () => {
  const body = `approve cutover ${gate.lab.digest.slice(0, 12)}`
  comments({ user: 'ben', body, edited: true }, { user: 'ben', body, ago: 61 * minute })
  const text = await refused()
  expect(text).toContain('it was edited afterwards')
  expect(text).toContain('it is older than the evidence')
})

test('an environment’s approval does not stand in for the comment', async () => {
  comments()
  gate.github.state.environments.set('production-cutover', {
    name: 'production-cutover',
    reviewers: ['ben'],
    preventSelfReview: true,
  })
  const before = await gate.state()
  const run = await gate.run(job().replace('runs-on: x,', 'runs-on: x, environment: production-cutover,'), {
    approve: () => Promise.resolve({ state: 'approved', user: 'ben', comment: '' }),
  })
  expect(told(run)).toContain('nobody approved this cutover')
  expect(await gate.state()).toBe(before)
})

test('somebody of a team approves, and the cutover goes through; the comment is good for that run alone', async () => {
  comments({ user: 'cy', body: `Approve cutover ${gate.lab.digest.slice(0, 20)}\nread the evidence` })
  const inputs = `github-token: ${gate.github.token}`
  const run = await gate.run(job(inputs))
  expect(run.jobs['cutover']?.result, told(run)).toBe('success')
  expect(told(run)).toMatch(/Approved by\*\* cy, by a comment on issue 12 of acme\/shop/u)
  expect(await gate.lab.decision('target')).toBe('opened')
  expect(await refused(inputs)).toContain(`run ${run.runId} has begun with it already`)
})
