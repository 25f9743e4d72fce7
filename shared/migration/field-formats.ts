import * as z from 'zod'
import { parseDuration } from '../runtime/duration.ts'

// What values of the migration file look like; each message completes "<field> …".

/** Name or ARN of a secret. */
export const secretId = z.string().min(1, 'must name a secret of AWS Secrets Manager, or its ARN')

/** ARN of an IAM role. */
export const roleArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:iam::\d{12}:role\/.+/u,
    'must be the ARN of an IAM role, for example `arn:aws:iam::111122223333:role/migration`',
  )

/** `schema.table` with DMS's wildcards: `%` any text, `_` one character, `[_]` a literal underscore. */
export const tablePattern = z
  .string()
  .regex(/^[^.]+\.[^.]+$/u, 'must be schema.table, for example `public.%`')

/** A number with a unit; becomes ms. */
export const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  context.addIssue({
    code: 'custom',
    message: 'must be a number with a unit, for example `30s`, `5m` or `2h30m`',
  })
  return z.NEVER
})

const sizeUnits: Readonly<Record<string, number>> = { MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 }

/** A size as PostgreSQL writes it, in powers of 1024; becomes bytes. */
export const size = z.string().transform((text, context) => {
  const match = /^(\d{1,6})(MB|GB|TB)$/u.exec(text)
  const unit = sizeUnits[match?.[2] ?? '']
  if (match?.[1] !== undefined && unit !== undefined) return Number(match[1]) * unit
  context.addIssue({
    code: 'custom',
    message: 'must be a whole number of MB, GB or TB, for example `50GB`',
  })
  return z.NEVER
})

/** A log sequence number as PostgreSQL writes it. */
export const lsn = z
  .string()
  .regex(
    /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/u,
    'must be an LSN as PostgreSQL writes it, for example `15/600002A8`',
  )
