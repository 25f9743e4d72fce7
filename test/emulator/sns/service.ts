import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { newUuid } from '../identity.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { flexibleList } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Service } from '../protocol/service.ts'

const mostBytes = 262_144

const attribute = z.strictObject({
  Name: z.string(),
  Value: z.strictObject({ DataType: z.literal('String'), StringValue: z.string().min(1) }),
})

const publishInput = z.strictObject({
  TopicArn: z.string(),
  Message: z.string(),
  Subject: z.string().optional(),
  /** A map, which the Query protocol writes as `MessageAttributes.entry.1.Name` and `….Value.StringValue`. */
  MessageAttributes: z.strictObject({ entry: flexibleList(attribute) }).optional(),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z.string().optional(),
})

const topicName = z.string().regex(/^[\w-]{1,256}(?:\.fifo)?$/u)

/** SNS as far as publishing goes. Nobody is subscribed: what was published is in the log of calls. */
export function snsService(emulator: Emulator): Service {
  const { state } = emulator.store
  return {
    name: 'sns',
    signingName: 'sns',
    query: { version: '2010-03-31', namespace: 'http://sns.amazonaws.com/doc/2010-03-31/' },
    operations: {
      CreateTopic: operation(
        z.strictObject({ Name: topicName, Attributes: z.unknown().optional() }),
        'changes',
        ({ Name }) => {
          const arn = emulator.arn('sns', Name)
          if (!state.topics.includes(arn)) state.topics.push(arn)
          emulator.store.save()
          return { TopicArn: arn }
        },
      ),
      Publish: operation(publishInput, 'changes', (input) => {
        if (!state.topics.includes(input.TopicArn))
          throw new AwsError('NotFound', 'Topic does not exist', 404)
        if (input.Message === '' || Buffer.byteLength(input.Message) > mostBytes)
          throw new AwsError('InvalidParameter', 'Invalid parameter: Message too long or empty')
        if (input.Subject !== undefined && !/^[\x20-\x7e]{1,100}$/u.test(input.Subject))
          throw new AwsError('InvalidParameter', 'Invalid parameter: Subject')
        if (input.TopicArn.endsWith('.fifo') && input.MessageGroupId === undefined)
          throw new AwsError(
            'InvalidParameter',
            'Invalid parameter: The MessageGroupId parameter is required for FIFO topics',
          )
        return { MessageId: newUuid() }
      }),
    },
  }
}
