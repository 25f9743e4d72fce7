import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { dmsAccount, type AwsAccount } from '../aws/accounts.ts'
import { awsClientOptions } from '../aws/client-options.ts'
import type { NotifyTarget } from '../migration/notify-schema.ts'
import type { Migration } from '../migration/schema.ts'
import { asMigrationError } from '../runtime/errors.ts'
import { mask } from '../runtime/mask.ts'
import type { ActionContext } from '../runtime/run-action.ts'
import { untilAborted } from '../runtime/until-aborted.ts'
import { readSecret } from '../secrets-manager/secrets.ts'
import { webhookBody, type News } from './news.ts'
import { timeLimit } from './time-limit.ts'
import { publishNews } from './topic.ts'
import { NotTaken, postWebhook } from './webhook.ts'

/** One attempt in ms, and all of them; once the run was cancelled there is little time left for anything. */
const patience = { attempt: 5000, pause: 1000, ms: 12_000, cancelledMs: 2000 }

/**
 * Tells everybody whom the file names for this event, all at once. Never throws: what could not be told is said in the log,
 * and the migration goes on.
 */
export async function deliver(
  news: News,
  migration: Migration,
  context: ActionContext,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const account = dmsAccount(migration)
  const { signal: limit, clear } = timeLimit(context.signal, patience)
  await Promise.all(
    migration.notify.map(async (target, index) => {
      if (!target.on.includes(news.event)) return
      const place = `notify[${index}]`
      try {
        // A role that is assumed, and the SDK's pauses, know no limit.
        await untilAborted(tell(target, place, news, { account, environment, limit, context }), limit)
        context.log.line(`told ${place}: ${news.event}`)
      } catch (error) {
        const why = limit.aborted ? 'no answer in time' : reasonOf(error)
        context.log.warn(`the message “${news.event}” did not reach ${place}: ${why}`)
      }
    }),
  )
  clear()
}

function reasonOf(error: unknown): string {
  return error instanceof NotTaken ? error.message : asMigrationError(error).message
}

interface Means {
  readonly account: AwsAccount
  readonly environment: NodeJS.ProcessEnv
  readonly limit: AbortSignal
  readonly context: ActionContext
}

async function tell(target: NotifyTarget, place: string, news: News, means: Means): Promise<void> {
  if (target.sns !== undefined) return publishNews(target.sns, news, means.account, means.limit)
  const url = readUrl(await urlText(target, place, means), place)
  const body = webhookBody(news)
  try {
    await postWebhook(url, body, patience.attempt, means.limit)
  } catch (error) {
    if (!(error instanceof NotTaken && error.again) || means.context.signal.aborted) throw error
    await means.context.clock.sleep(patience.pause, means.limit)
    await postWebhook(url, body, patience.attempt, means.limit)
  }
}

async function urlText(target: NotifyTarget, place: string, means: Means): Promise<string> {
  const { variable, secret } = target.webhook ?? {}
  if (variable !== undefined) {
    const text = means.environment[variable] ?? ''
    if (text === '')
      throw new NotTaken(
        `the environment variable ${variable} is empty: set it under \`env:\` of the step`,
        false,
      )
    return text
  }
  const client = new SecretsManagerClient(awsClientOptions(means.account))
  try {
    return (await readSecret(client, secret ?? '', `${place}.webhook.secret`, means.limit)).text
  } finally {
    client.destroy()
  }
}

/** Who knows the path of a webhook can write to it: neither goes into a log. Throws NotTaken where it is no such URL. */
function readUrl(text: string, place: string): URL {
  const trimmed = text.trim()
  mask(trimmed)
  const url = URL.parse(trimmed)
  if (url === null)
    throw new NotTaken(`the URL for ${place} is none: the URL alone must be the whole text`, false)
  mask(url.href)
  if (url.pathname.length > 1) mask(`${url.pathname}${url.search}`)
  // On this machine itself nothing travels.
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local))
    throw new NotTaken(`the URL for ${place} must begin with https://`, false)
  if (url.username !== '' || url.password !== '')
    throw new NotTaken(
      `the URL for ${place} must not hold a user or a password: nothing is sent with them`,
      false,
    )
  return url
}
