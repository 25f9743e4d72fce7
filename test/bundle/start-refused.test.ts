import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actionFolders, readActionFile } from '../build/action-file.ts'
import { openTestEmulator, type TestEmulator } from '../emulator/open-test-emulator.ts'
import {
  openSamplePair,
  sampleMigrationFile,
  wholeState,
  type SamplePair,
} from '../integration/sample-pair.ts'
import { runJavaScriptAction, type ActionResult } from '../runner/javascript-action.ts'

const actionsFolder = fileURLToPath(new URL('../../actions', import.meta.url))
const unknownTask = 'arn:aws:dms:eu-west-1:123456789012:task:NOSUCHTASK'
const wrongPassword = 'wrong-password-0123456789'

let pair: SamplePair
let aws: TestEmulator
let work: string
let before: string[]
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'refused '))
  pair = await openSamplePair('refused')
  const secret = (side: 'source' | 'target', username: keyof SamplePair['passwords']) => ({
    engine: 'postgres',
    host: pair[side].host,
    port: pair[side].port,
    username,
    password: pair.passwords[username],
    dbname: 'shop',
  })
  const source = secret('source', 'migrator')
  aws = await openTestEmulator({
    secrets: {
      'shop/source': source,
      'shop/target': secret('target', 'migrator'),
      'shop/dms-source': secret('source', 'dms_source'),
      'shop/dms-target': secret('target', 'dms_target'),
      'shop/dms-reverse-source': secret('source', 'dms_reverse_source'),
      'shop/dms-reverse-target': secret('target', 'dms_reverse_target'),
      'shop/app': secret('source', 'shop_app'),
      'closed/source': { ...source, port: await closedPort() },
      'wrong/source': { ...source, password: wrongPassword },
      'shapeless/source': { host: source.host },
    },
    replicationInstances: [{ identifier: 'rehearsal' }],
  })
  before = await states()
})
afterAll(async () => {
  await aws.close()
  await pair.close()
  await rm(work, { recursive: true, force: true })
})

function states(): Promise<string[]> {
  return Promise.all([wholeState(pair, 'source'), wholeState(pair, 'target')])
}

/** A port of this machine that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Runs an action with a migration file whose source logs in with the given secret. */
async function runWith(folder: string, sourceSecret: string): Promise<ActionResult> {
  const file = `${sourceSecret.replace('/', '-')}.yml`
  await writeFile(
    join(work, file),
    sampleMigrationFile().replace('secret: shop/source,', `secret: ${sourceSecret},`),
  )
  const required = Object.entries(readActionFile(actionsFolder, folder).inputs)
    .filter(([, input]) => input.required)
    .map(([name]) => [name, '0'.repeat(64)])
  return run(folder, {
    ...(Object.fromEntries(required) as Record<string, string>),
    ...('evidence-id' in Object.fromEntries(required)
      ? { 'evidence-id': '00000000-0000-4000-8000-000000000000' }
      : {}),
    ...('when' in Object.fromEntries(required) ? { when: 'finished' } : {}),
    migration: file,
    'plan-digest': '0'.repeat(64),
  })
}

function run(folder: string, inputs: Record<string, string>): Promise<ActionResult> {
  const declared = readActionFile(actionsFolder, folder).inputs
  return runJavaScriptAction({
    actionFolder: join(actionsFolder, folder),
    inputs: Object.fromEntries(Object.entries(inputs).filter(([name]) => name in declared)),
    environment: aws.emulator.environment(),
    workFolder: work,
    token: 'token-of-this-job',
  })
}

/** What every refusal has in common; `said` is where its words stand. */
function refusal(result: ActionResult, words: string) {
  return {
    exitCode: result.exitCode,
    stack: result.log.split('\n').filter((line) => /^\s*at .+[:(]/u.test(line)),
    inLog: result.log.includes(words),
    inSummary: result.summary.includes(words),
    annotated: result.annotations.some(({ level }) => level === 'error'),
    leaked: [wrongPassword, pair.passwords.migrator].filter((secret) =>
      `${result.log}${result.summary}${JSON.stringify(result.outputs)}`.includes(secret),
    ),
  }
}
const refused = { exitCode: 1, stack: [], inLog: true, inSummary: true, annotated: true, leaked: [] }

const folders = actionFolders(actionsFolder)

describe.each(folders)('%s refuses', (folder) => {
  test('a source that does not answer', async () => {
    expect(refusal(await runWith(folder, 'closed/source'), 'cannot connect to the source')).toEqual(refused)
  })

  test('a wrong password, and never shows it', async () => {
    expect(refusal(await runWith(folder, 'wrong/source'), 'cannot connect to the source')).toEqual(refused)
  })

  test('a secret that is not there, by its place in the file', async () => {
    expect(refusal(await runWith(folder, 'missing/source'), 'source.secret')).toEqual(refused)
  })

  test('a secret of another shape, by the keys that it lacks', async () => {
    expect(refusal(await runWith(folder, 'shapeless/source'), 'username')).toEqual(refused)
  })
})

test.each(folders.filter((folder) => 'plan-digest' in readActionFile(actionsFolder, folder).inputs))(
  '%s refuses a plan that nobody approved',
  async (folder) => {
    expect(refusal(await runWith(folder, 'shop/source'), 'plan')).toEqual(refused)
  },
)

test.each(folders.filter((folder) => 'task-arns' in readActionFile(actionsFolder, folder).inputs))(
  '%s refuses a task that does not exist',
  async (folder) => {
    expect(refusal(await run(folder, { 'task-arns': unknownTask, 'dry-run': 'false' }), unknownTask)).toEqual(
      refused,
    )
  },
)

test('after all of this nothing was written anywhere', async () => {
  expect(await states()).toEqual(before)
  const calls = await aws.emulator.calls()
  expect(calls.length).toBeGreaterThan(folders.length)
  expect(calls.filter(({ mutating }) => mutating).map(({ operation }) => operation)).toEqual([])
})
