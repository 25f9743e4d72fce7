import { createHash } from 'node:crypto'
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import type { AwsAccount } from '../aws/accounts.ts'
import { awsClientOptions } from '../aws/client-options.ts'
import { textOf, type News } from './news.ts'
import { NotTaken } from './webhook.ts'

/**
 * Publishes news to an SNS topic in the topic's own region. Attributes let subscribers filter by `event` and `migration`.
 * Throws NotTaken with what SNS said.
 */
export async function publishNews(
  topic: string,
  news: News,
  account: AwsAccount,
  signal: AbortSignal,
): Promise<void> {
  const region = topic.split(':')[3]
  const client = new SNSClient(awsClientOptions({ ...account, ...(region === undefined ? {} : { region }) }))
  const attribute = (value: string) => ({ DataType: 'String', StringValue: value })
  try {
    await client.send(
      new PublishCommand({
        TopicArn: topic,
        // At most 100 characters, printable ASCII (API reference, Publish).
        Subject: `Migration ${news.migration}: ${news.event}`.slice(0, 100),
        Message: textOf(news),
        MessageAttributes: {
          event: attribute(news.event),
          migration: attribute(news.migration),
          action: attribute(news.action),
        },
        ...(topic.endsWith('.fifo')
          ? { MessageGroupId: news.migration, MessageDeduplicationId: identityOf(news) }
          : {}),
      }),
      { abortSignal: signal },
    )
  } catch (cause) {
    const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    throw new NotTaken(signal.aborted ? 'no answer in time' : said, false, cause)
  } finally {
    client.destroy()
  }
}

/** The same for every attempt to tell the same; another one for another trouble of the same run. */
function identityOf({ run, migration, action, event, headline }: News): string {
  return createHash('sha256')
    .update([run.repository, run.id, run.attempt, migration, action, event, headline].join('\n'))
    .digest('hex')
}
