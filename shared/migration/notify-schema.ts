import * as z from 'zod'
import { secretId } from './field-formats.ts'

/** What may be told of a migration, in the order in which it happens. */
export const notifyEvents = ['start', 'trouble', 'approval-wanted', 'end'] as const

const webhook = z
  .strictObject({
    variable: z
      .string()
      .regex(/^[A-Za-z_]\w*$/u, 'must be the name of an environment variable, for example `SLACK_WEBHOOK`')
      .optional()
      .describe('Environment variable of the job’s step that holds the URL.'),
    secret: secretId.optional().describe('Secret whose text is the URL, in the target’s account.'),
  })
  .refine(
    ({ variable, secret }) => (variable === undefined) !== (secret === undefined),
    'must have `variable` or `secret`, and not both: the URL is a secret itself and has no place in the file',
  )

/**
 * Who is told. No part of the plan or its digest: nothing is migrated otherwise because of it.
 */
export const notifySchema = z
  .array(
    z
      .strictObject({
        webhook: webhook
          .optional()
          .describe(
            'URL that takes a POST of JSON: `text` as Slack and its like read it, and fields for others.',
          ),
        sns: z
          .string()
          .regex(
            /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(?:\.fifo)?$/u,
            'must be the ARN of an SNS topic, for example `arn:aws:sns:eu-west-1:111122223333:migrations`',
          )
          .optional()
          .describe('ARN of an SNS topic that the target’s account may publish to.'),
        on: z
          .array(z.enum(notifyEvents))
          .min(1)
          .default([...notifyEvents])
          .describe(
            'What it is told: `start` (tasks were started), `trouble` (an action failed, or what the load runs on will be used up within hours), `approval-wanted` (evidence waits for the reviewer), `end` (the target is open).',
          ),
      })
      .refine(
        (one) => (one.webhook === undefined) !== (one.sns === undefined),
        'must have `webhook` or `sns`, and not both',
      ),
  )
  .default([])
  .describe(
    'Who is told when something happens. A message that cannot be sent is reported, and stops nothing.',
  )

/** Where a person can see how far the migration is. */
export const statusCommentSchema = z
  .strictObject({
    issue: z.int().min(1).describe('Number of the issue or pull request, in the repository of the workflow.'),
  })
  .describe(
    'One comment that is kept up to date; the job needs `issues: write`, or `pull-requests: write` for a pull request.',
  )

/** Someone who is told. */
export type NotifyTarget = z.infer<typeof notifySchema>[number]
export type NotifyEvent = (typeof notifyEvents)[number]
