import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { markerOf, readStatus } from '../../shared/notify/status.ts'
import { telling } from '../../shared/notify/telling.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { startGitHubServer, type GitHubServer } from '../runner/github-server.ts'

const example = readFileSync(
  new URL('../../workflows-examples/migrations/rehearsal.yml', import.meta.url),
  'utf8',
)
const migration = parseMigration(`${example}\nstatus-comment: { issue: 7 }\n`, 'rehearsal.yml')
const marker = markerOf(migration.name)

let github: GitHubServer
let token: string
let said: string[]
let context: ActionContext

beforeAll(async () => {
  github = await startGitHubServer({ repository: 'acme/shop', environments: [] })
  // Octokit reads it when it is loaded.
  vi.stubEnv('GITHUB_API_URL', github.url)
  await import('@actions/github')
})

afterAll(() => github.close())

beforeEach(() => {
  github.state.comments.splice(0)
  token = github.state.issueToken('ghs', { login: 'github-actions[bot]', permissions: { issues: 'write' } })
  said = []
  const say = (text: string) => void said.push(text)
  context = {
    signal: new AbortController().signal,
    clock: systemClock,
    log: { line: say, debug: say, warn: (text) => say(`warning: ${text}`), group: (_, work) => work() },
  }
  vi.stubEnv('GITHUB_API_URL', github.url)
  vi.stubEnv('GITHUB_REPOSITORY', 'acme/shop')
  vi.stubEnv('GITHUB_RUN_ID', '42')
  vi.stubEnv('GITHUB_RUN_ATTEMPT', '1')
  vi.stubEnv('GITHUB_SERVER_URL', 'https://github.com')
})

afterEach(() => {
  vi.unstubAllEnvs()
})

const run = (action: string, outcome: Partial<Outcome> = {}, work?: (told: ActionContext) => void) =>
  telling(action, migration, { 'dry-run': false, 'github-token': token }, context, (told) => {
    work?.(told)
    return Promise.resolve({ headline: `${action} went well`, outputs: {}, summary: '', ...outcome })
  })

const bodies = () => github.state.comments.map(({ body }) => body)

test('a comment is made once, and edited in place afterwards', async () => {
  let during = ''
  await run('create-task', {}, () => (during = bodies().join('')))
  expect(during).toContain('⏳ running')
  await run('wait-full-load', { outputs: { state: 'loaded' } }, (told) => {
    told.log.line('not of interest')
    told.log.line('full-load 30/30 tables  rows 7')
  })
  await run('wait-cdc-sync', { outputs: { 'evidence-id': 'e1', 'predicted-freeze-ms': '800' } })
  await run('cutover', { outputs: { state: 'opened', 'freeze-ms': '250' } })
  expect(github.state.comments).toHaveLength(1)
  expect(github.state.comments[0]).toMatchObject({ issue: 7, user: 'github-actions[bot]' })
  const [body = ''] = bodies()
  expect(readStatus(body)?.steps.map(({ action, state }) => [action, state])).toEqual([
    ['create-task', 'done'],
    ['wait-full-load', 'done'],
    ['wait-cdc-sync', 'done'],
    ['cutover', 'done'],
  ])
  expect(body).toContain('`full-load 30/30 tables  rows 7`')
  expect(body).toContain('Freeze: **250 ms** (predicted: 800 ms)')
  expect(body).toContain('[cutover](https://github.com/acme/shop/actions/runs/42)')
  expect(said).toEqual(['not of interest', 'full-load 30/30 tables  rows 7'])
})

test('an error stands in it with its remedy, and is thrown as it was', async () => {
  const error = new MigrationError('refused', 'the evidence is too old', {
    remedy: 'Run wait-cdc-sync again.',
  })
  await expect(
    telling('cutover', migration, { 'dry-run': false, 'github-token': token }, context, () =>
      Promise.reject(error),
    ),
  ).rejects.toBe(error)
  expect(bodies()[0]).toContain('❌ failed')
  expect(bodies()[0]).toContain('**Next:** Run wait-cdc-sync again.')
})

test('a run that is cancelled still says so', async () => {
  const controller = new AbortController()
  const error = new MigrationError('cancelled', 'the run was cancelled')
  const inputs = { 'dry-run': false, 'github-token': token }
  await expect(
    telling('wait-full-load', migration, inputs, { ...context, signal: controller.signal }, () => {
      controller.abort()
      return Promise.reject(error)
    }),
  ).rejects.toBe(error)
  expect(bodies()[0]).toContain('the run was cancelled')
  expect(said).toEqual([])
})

test('runs that begin together keep one comment, with the steps of each', async () => {
  for (let round = 0; round < 10; round += 1) {
    github.state.comments.splice(0)
    await Promise.all([run('create-task'), run('wait-full-load')])
    expect(github.state.comments).toHaveLength(1)
    const steps = readStatus(bodies()[0] ?? '')?.steps ?? []
    expect(steps.map(({ action, state }) => `${action} ${state}`).toSorted()).toEqual([
      'create-task done',
      'wait-full-load done',
    ])
  }
})

test('a comment that a stranger began like ours is left alone', async () => {
  const stranger = { id: 1, issue: 7, user: 'mallory', body: `${marker}{} -->`, createdAt: '', updatedAt: '' }
  github.state.comments.push({ ...stranger })
  await run('create-task')
  expect(github.state.comments).toHaveLength(2)
  expect(github.state.comments[0]).toEqual(stranger)
})

test('comments of other migrations and other issues are left alone', async () => {
  const body = `${markerOf(`${migration.name}-orders`)}{} -->`
  const other = { id: 1, issue: 7, user: 'github-actions[bot]', body, createdAt: '', updatedAt: '' }
  const elsewhere = { ...other, id: 2, issue: 8, body: `${marker}{} -->` }
  github.state.comments.push({ ...other }, { ...elsewhere })
  await run('create-task')
  expect(github.state.comments.slice(0, 2)).toEqual([other, elsewhere])
  expect(github.state.comments).toHaveLength(3)
})

test('it is found behind a hundred others', async () => {
  await run('create-task')
  const first = github.state.comments.splice(0)
  const talk = { issue: 7, user: 'octocat', body: 'me too', createdAt: '', updatedAt: '' }
  for (let id = 0; id < 150; id += 1) github.state.comments.push({ ...talk, id })
  github.state.comments.push(...first)
  await run('wait-full-load')
  expect(github.state.comments).toHaveLength(151)
})

test('a token without the right costs a warning that names it, once', async () => {
  token = github.state.issueToken('ghs', { login: 'github-actions[bot]', permissions: { actions: 'read' } })
  expect(await run('create-task')).toMatchObject({ headline: 'create-task went well' })
  expect(said).toEqual([expect.stringMatching(/^warning: .*#7 .*403.*issues: write/u)])
})

test('a dry run writes no comment', async () => {
  await telling('cutover', migration, { 'dry-run': true, 'github-token': token }, context, () =>
    Promise.resolve({ headline: '', outputs: {}, summary: '' }),
  )
  expect(bodies()).toEqual([])
})
