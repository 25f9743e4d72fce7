import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { CreateTopicCommand } from '@aws-sdk/client-sns'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { telling } from '../../shared/notify/telling.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { openTestEmulator, type TestEmulator } from '../emulator/open-test-emulator.ts'

const example = readFileSync(
  new URL('../../workflows-examples/migrations/rehearsal.yml', import.meta.url),
  'utf8',
)

interface Posted {
  readonly path: string
  readonly body: Record<string, unknown>
}

let aws: TestEmulator
let hook: Server
let hookUrl: string
let posted: Posted[]
/** What the webhook answers, in order; then 200. */
let answers: (number | 'nothing' | 'silence')[]
let said: string[]
let context: ActionContext
const topic = 'arn:aws:sns:eu-west-1:123456789012:migrations'
const queue = `${topic}.fifo`

beforeAll(async () => {
  aws = await openTestEmulator({ secrets: { 'shop/hook': {} } })
  await aws.sns.send(new CreateTopicCommand({ Name: 'migrations' }))
  await aws.sns.send(new CreateTopicCommand({ Name: 'migrations.fifo', Attributes: { FifoTopic: 'true' } }))
  hook = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      posted.push({ path: request.url ?? '', body: JSON.parse(text) as Record<string, unknown> })
      const answer = answers.shift() ?? 200
      if (answer === 'nothing') request.socket.destroy()
      else if (answer !== 'silence')
        response.writeHead(answer, answer === 302 ? { location: `${hookUrl}/elsewhere` } : {}).end('ok')
    })
  })
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
  const address = hook.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  hookUrl = `http://127.0.0.1:${address.port}`
})

afterAll(async () => {
  hook.closeAllConnections()
  hook.close()
  await aws.close()
})

beforeEach(() => {
  posted = []
  answers = []
  said = []
  const say = (text: string) => void said.push(text)
  context = {
    signal: new AbortController().signal,
    clock: systemClock,
    log: { line: say, debug: say, warn: (text) => say(`warning: ${text}`), group: (_, work) => work() },
  }
  for (const [name, value] of Object.entries(aws.emulator.environment())) vi.stubEnv(name, value)
  vi.stubEnv('HOOK', `${hookUrl}/services/T0/secret-path`)
  vi.stubEnv('GITHUB_REPOSITORY', 'acme/shop')
  vi.stubEnv('GITHUB_RUN_ID', '42')
  vi.stubEnv('GITHUB_RUN_ATTEMPT', '1')
  vi.stubEnv('GITHUB_SERVER_URL', 'https://github.com')
})

afterEach(() => {
  vi.unstubAllEnvs()
})

function migrationWith(notify: string): Migration {
  return parseMigration(`${example}\nnotify:\n${notify}`, 'rehearsal.yml')
}

const opened: Outcome = {
  headline: 'runs on the target',
  outputs: { state: 'opened', 'freeze-ms': '250' },
  summary: '',
}

/** What reached a topic, as the client sent it. */
async function published(arn: string): Promise<Record<string, unknown>[]> {
  const calls = await aws.emulator.calls()
  return calls
    .filter(({ operation, status }) => operation === 'Publish' && status === 200)
    .map(({ request }) => request as Record<string, unknown>)
    .filter((request) => request['TopicArn'] === arn)
}

const live = { 'dry-run': false }

test('a webhook gets text for people and fields for programs; each is told what it asked for, once', async () => {
  const migration = migrationWith(
    '  - webhook: { variable: HOOK }\n    on: [end]\n  - webhook: { variable: HOOK }\n    on: [start, trouble]\n',
  )
  expect(await telling('cutover', migration, live, context, () => Promise.resolve(opened))).toBe(opened)
  expect(posted).toEqual([
    {
      path: '/services/T0/secret-path',
      body: {
        text: `✅ Migration ${migration.name} is cut over (cutover): runs on the target\nhttps://github.com/acme/shop/actions/runs/42`,
        event: 'end',
        migration: migration.name,
        action: 'cutover',
        headline: 'runs on the target',
        next: '',
        figures: { state: 'opened', 'freeze-ms': '250' },
        run: {
          repository: 'acme/shop',
          id: '42',
          attempt: 1,
          url: 'https://github.com/acme/shop/actions/runs/42',
        },
      },
    },
  ])
  expect(said).toEqual(['told notify[0]: end'])
})

test('an error is told and thrown as it was', async () => {
  const error = new MigrationError('refused', 'the evidence is too old', {
    remedy: 'Run wait-cdc-sync again.',
  })
  const run = telling('cutover', migrationWith('  - webhook: { variable: HOOK }\n'), live, context, () =>
    Promise.reject(error),
  )
  await expect(run).rejects.toBe(error)
  expect(posted.map(({ body }) => [body['event'], body['headline'], body['next']])).toEqual([
    ['trouble', 'the evidence is too old', 'Run wait-cdc-sync again.'],
  ])
})

test('a topic gets the message with attributes to filter by; a FIFO topic a group and an identity', async () => {
  const migration = migrationWith(`  - sns: ${topic}\n  - sns: ${queue}\n`)
  await telling('cutover', migration, live, context, () => Promise.resolve(opened))
  const attribute = (Name: string, StringValue: string) => ({
    Name,
    Value: { DataType: 'String', StringValue },
  })
  expect(await published(topic)).toEqual([
    {
      TopicArn: topic,
      Subject: `Migration ${migration.name}: end`,
      Message: expect.stringContaining('is cut over') as string,
      MessageAttributes: {
        entry: [
          attribute('event', 'end'),
          attribute('migration', migration.name),
          attribute('action', 'cutover'),
        ],
      },
    },
  ])
  expect(await published(queue)).toMatchObject([
    {
      MessageGroupId: migration.name,
      MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/u) as string,
    },
  ])
})

test.each([
  ['one that is broken for a moment is asked again', [503], 2, 'told notify[0]: end'],
  ['one that hangs up is asked again', ['nothing'], 2, 'told notify[0]: end'],
  [
    'one that is gone is not',
    [404],
    1,
    'warning: the message “end” did not reach notify[0]: answered with 404',
  ],
  [
    'one that points elsewhere is not followed',
    [302],
    1,
    'warning: the message “end” did not reach notify[0]: answered with 302',
  ],
  [
    'one that stays broken',
    [500, 500],
    2,
    'warning: the message “end” did not reach notify[0]: answered with 500',
  ],
] as const)('a webhook, %s', async (_, given, calls, line) => {
  answers = [...given]
  const migration = migrationWith('  - webhook: { variable: HOOK }\n')
  expect(await telling('cutover', migration, live, context, () => Promise.resolve(opened))).toBe(opened)
  expect(posted).toHaveLength(calls)
  expect(said).toEqual([line])
})

test.each([
  ['an empty variable', '  - webhook: { variable: NO_SUCH }\n', 'NO_SUCH is empty'],
  ['no URL', '  - webhook: { variable: GITHUB_RUN_ID }\n', 'is none'],
  ['plain http across a network', '  - webhook: { variable: PLAIN }\n', 'must begin with https://'],
  ['a URL with a password', '  - webhook: { variable: LOGIN }\n', 'must not hold a user or a password'],
  ['a topic that is not there', `  - sns: ${topic}-gone\n`, 'Topic does not exist'],
  ['a secret that is not there', '  - webhook: { secret: shop/none }\n', 'the secret cannot be read'],
])('%s fails no migration and is said', async (_, notify, why) => {
  vi.stubEnv('PLAIN', 'http://hooks.example.com/services/T0/secret-path')
  vi.stubEnv('LOGIN', 'https://me:secret-path@hooks.example.com/services')
  expect(await telling('cutover', migrationWith(notify), live, context, () => Promise.resolve(opened))).toBe(
    opened,
  )
  expect(said).toHaveLength(1)
  expect(said[0]).toContain(why)
  expect(said[0]).not.toContain('secret-path')
  expect(posted).toEqual([])
})

test('a cancelled run still tells, and loses little time on it', async () => {
  const controller = new AbortController()
  const error = new MigrationError('cancelled', 'the run was cancelled')
  answers = ['nothing']
  const began = performance.now()
  await expect(
    telling(
      'wait-full-load',
      migrationWith('  - webhook: { variable: HOOK }\n'),
      live,
      { ...context, signal: controller.signal },
      () => {
        controller.abort()
        return Promise.reject(error)
      },
    ),
  ).rejects.toBe(error)
  expect(posted).toHaveLength(1)
  expect(performance.now() - began).toBeLessThan(3000)
})

test('a run that is cancelled while it tells loses little time on it', async () => {
  const controller = new AbortController()
  answers = ['silence', 'silence']
  const began = performance.now()
  const running = telling(
    'cutover',
    migrationWith('  - webhook: { variable: HOOK }\n'),
    live,
    { ...context, signal: controller.signal },
    () => Promise.resolve(opened),
  )
  await expect.poll(() => posted.length).toBe(1)
  controller.abort()
  expect(await running).toBe(opened)
  expect(performance.now() - began).toBeLessThan(4000)
  expect(said).toEqual(['warning: the message “end” did not reach notify[0]: no answer in time'])
})

test('trouble on the way is told at once, and an end that cannot be told ends nothing', async () => {
  const outcome: Outcome = { headline: 'h', outputs: { state: 'started', result: 'no JSON' }, summary: '' }
  const run = await telling(
    'create-task',
    migrationWith(`  - webhook: { variable: HOOK }\n  - sns: ${queue}\n`),
    live,
    context,
    async (_, tellTrouble) => {
      tellTrouble({ message: 'the storage runs out', remedy: 'Give it more.' })
      tellTrouble({ message: 'the memory runs out', remedy: 'Take a larger class.' })
      await expect.poll(() => posted.length).toBe(2)
      return outcome
    },
  )
  expect(run).toBe(outcome)
  expect(
    new Set(
      posted.map(
        ({ body }) => `${String(body['event'])}: ${String(body['headline'])} ${String(body['next'])}`,
      ),
    ),
  ).toEqual(
    new Set([
      'trouble: the memory runs out Take a larger class.',
      'trouble: the storage runs out Give it more.',
    ]),
  )
  expect(said.filter((line) => line.startsWith('warning: nobody could be told'))).toHaveLength(1)
  // A FIFO topic drops what has the identity of a message of the last five minutes.
  const identities = (await published(queue)).map((request) => request['MessageDeduplicationId'])
  expect(new Set(identities.slice(-2)).size).toBe(2)
})

test('a dry run tells nobody', async () => {
  const migration = migrationWith('  - webhook: { variable: HOOK }\n')
  await telling('cutover', migration, { 'dry-run': true }, context, () => Promise.resolve(opened))
  expect(posted).toEqual([])
})

test.each([
  ['  - {}\n', /notify\[0\].*webhook.*sns/u],
  ['  - webhook: { variable: A, secret: b }\n', /notify\[0\]\.webhook/u],
  ['  - webhook: https://hooks.example.com/x\n', /notify\[0\]\.webhook/u],
  ['  - sns: migrations\n', /notify\[0\]\.sns/u],
  ['  - sns: arn:aws:sns:eu-west-1:123456789012:m\n    on: [always]\n', /notify\[0\]\.on\[0\]/u],
])('the file is refused with %j', (notify, expected) => {
  let problems = ''
  try {
    migrationWith(notify)
  } catch (error) {
    problems = (error as MigrationError).problems
      .map(({ field, message }) => `${field} ${message}`)
      .join('\n')
  }
  expect(problems).toMatch(expected)
})
