import * as z from 'zod'
import { duration, size } from './field-formats.ts'

/**
 * Alarms of CloudWatch that create-task makes and cleanup removes. No part of the plan or its digest: nothing is migrated
 * otherwise because of them. AWS names the metrics to watch and no thresholds; the defaults leave hours to act in.
 */
export const alarmSchema = z
  .strictObject({
    topic: z
      .string()
      .regex(
        /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/u,
        'must be the ARN of an SNS topic that is not FIFO, for example `arn:aws:sns:eu-west-1:111122223333:alarms`',
      )
      .describe(
        'SNS topic that is told when an alarm begins and when it ends. Each alarm’s account must be let in.',
      ),
    latency: duration
      .prefault('5m')
      .describe('CDCLatencySource and CDCLatencyTarget of each task, above which an alarm begins.'),
    'instance-storage': size
      .prefault('10GB')
      .describe('Storage left to a replication instance, below which an alarm begins.'),
    'instance-memory': size
      .prefault('256MB')
      .describe('Memory left to a replication instance, below which an alarm begins.'),
    'source-storage': size
      .prefault('10GB')
      .describe('Storage left to the source, below which an alarm begins.'),
    'source-wal': size
      .prefault('20GB')
      .describe('WAL that the source keeps, for its slots above all, over which an alarm begins.'),
    'target-memory': size
      .prefault('256MB')
      .describe('Memory left to the target, below which an alarm begins.'),
  })
  .describe('Alarms of CloudWatch that create-task makes, and cleanup removes.')

export type AlarmPolicy = z.infer<typeof alarmSchema>
