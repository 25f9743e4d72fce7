import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Route53Client } from '@aws-sdk/client-route-53'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import { systemClock } from '../../runtime/clock.ts'
import type { ClientTools } from '../switchers/client-tools.ts'
import { pauseAll, pausersOf, resumeAll } from './pausers-of.ts'

let folder: string
let lines: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quiesce '))
  lines = []
})
afterEach(() => rmSync(folder, { recursive: true }))

const region = { region: 'eu-west-1' }
function tools(): ClientTools {
  return {
    secrets: new SecretsManagerClient(region),
    ssm: new SSMClient(region),
    route53: new Route53Client(region),
    clock: systemClock,
    migration: 'shop',
    close: () => undefined,
    log: {
      line: (text) => void lines.push(text),
      debug: () => undefined,
      warn: () => undefined,
      group: (_, work) => work(),
    },
  }
}

/** Pausers that write down what they do, in their order. */
function pausers(
  entries: readonly { readonly name: string; readonly stops?: string; readonly goesOn?: string }[],
) {
  const say = (text: string) => `echo "${text} $AURORA_MIGRATION_NAME" >> '${join(folder, 'said')}'`
  return pausersOf(
    {
      cutover: {
        switches: [],
        freezeBudgetMs: 1000,
        quiesce: entries.map(({ name, stops = 'true', goesOn = 'true' }) => ({
          command: `${say(`stop ${name}`)}; ${stops}`,
          resume: `${say(`resume ${name}`)}; ${goesOn}`,
          timeout: 5000,
        })),
      },
    },
    tools(),
  )
}
const said = () => readFileSync(join(folder, 'said'), 'utf8').trim().split('\n')
const never = new AbortController().signal

test('jobs are stopped in their order and resumed the other way round', async () => {
  const both = pausers([{ name: 'queues', stops: 'echo they stand' }, { name: 'cron' }])
  await pauseAll(both, never, 1)
  expect(await resumeAll(both)).toEqual([])
  expect(said()).toEqual(['stop queues shop', 'stop cron shop', 'resume cron shop', 'resume queues shop'])
  expect(lines).toEqual([expect.stringMatching(/^quiesce `.*`: they stand$/u)])
})

test('where one cannot be stopped, it and those before it go on again, and its error is told', async () => {
  const three = pausers([
    { name: 'queues' },
    { name: 'cron', stops: 'echo broken; exit 4' },
    { name: 'mail' },
  ])
  await expect(pauseAll(three, never, 1000)).rejects.toThrow(/exit code 4: broken/u)
  expect(said()).toEqual(['stop queues shop', 'stop cron shop', 'resume cron shop', 'resume queues shop'])
})

test('a cancelled run ends the command and lets the jobs go on', async () => {
  const run = new AbortController()
  const [one] = pausers([{ name: 'queues', stops: 'exec sleep 30' }])
  const paused = one?.pause(run.signal, 1000)
  setTimeout(() => run.abort(), 100)
  await expect(paused).rejects.toMatchObject({ code: 'cancelled' })
  expect(said()).toEqual(['stop queues shop', 'resume queues shop'])
})

test('one that does not go on keeps nobody else, and is named', async () => {
  const both = pausers([{ name: 'queues' }, { name: 'cron', goesOn: 'exit 1' }])
  const left = await resumeAll(both)
  expect(left).toEqual([expect.stringMatching(/^not resumed: .*resume cron.*exit code 1/u)])
  expect(said()).toEqual(['resume cron shop', 'resume queues shop'])
})
