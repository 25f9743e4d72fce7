import * as z from 'zod'
import { evenIfWrong, given } from './contradictions.ts'

const moment = z.iso.datetime({
  offset: true,
  message: 'must be a date and time with its zone, for example `2026-03-01T02:00:00+01:00`',
})

const clockTime = '(?:[01]\\d|2[0-3]):[0-5]\\d'

/** When a cutover may begin. In the plan and its digest; a cutover that is past its commit point is finished whenever. */
export const windowSchema = z
  .strictObject({
    'not-before': moment.optional().describe('Not before this moment.'),
    'not-after': moment.optional().describe('Not after this moment.'),
    daily: z
      .string()
      .regex(
        new RegExp(`^${clockTime}-${clockTime}$`, 'u'),
        'must be two times of the day, for example `02:00-04:00`; `23:00-01:00` spans midnight',
      )
      .optional()
      .describe('Every day between these times only.'),
    zone: z
      .string()
      .refine(isZone, 'must be a time zone, for example `Europe/Berlin` or `UTC`')
      .optional()
      .describe('Time zone of `daily`.'),
  })
  .superRefine((window, context) => {
    for (const { path, message } of contradictionsOf(window))
      context.addIssue({ code: 'custom', path: [path], message })
  }, evenIfWrong)
  .describe('When a cutover may begin, by the clock of the source database.')

function* contradictionsOf(window: unknown): Generator<{ path: string; message: string }> {
  const [after, before, daily, zone] = ['not-before', 'not-after', 'daily', 'zone'].map((key) =>
    given(window, key),
  )
  if (typeof after === 'string' && typeof before === 'string' && Date.parse(after) >= Date.parse(before))
    yield { path: 'not-after', message: 'must be later than `not-before`' }
  if ((daily === undefined) !== (zone === undefined))
    yield {
      path: daily === undefined ? 'daily' : 'zone',
      message: 'is needed: `daily` and `zone` go together',
    }
  const [from, to] = typeof daily === 'string' ? daily.split('-') : []
  if (from !== undefined && from === to) yield { path: 'daily', message: 'must have two different times' }
  if ([after, before, daily, zone].every((value) => value === undefined))
    yield { path: 'not-before', message: 'is needed, or `not-after`, or `daily`' }
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** When a cutover may begin. */
export type CutoverWindow = z.infer<typeof windowSchema>
