import * as z from 'zod'
import { hasControlSchema } from '../control/plan-store.ts'
import type { Session } from '../postgres/session.ts'
import { readPastFreezesStatement } from './statements.ts'

/** What the check of a cutover measured when it tried the fence and the opening and took them back, in ms. */
export interface RehearsedMs {
  readonly fence: number
  readonly opening: number
}

/** What earlier runs of the cutover measured on this source; times are milliseconds since the epoch by its clock. */
export interface PastFreezes {
  readonly rehearsed: (RehearsedMs & { readonly at: number }) | undefined
  /** The last pause of writers: of a cutover that was finished, or of one that was aborted, which then was shorter. */
  readonly freeze: { readonly ms: number; readonly finished: boolean; readonly at: number } | undefined
}

const pausing = z.object({ rehearsedMs: z.object({ fence: z.number(), opening: z.number() }) })
const ended = z.object({ freezeMs: z.number() })

/** Reads the journal. Lines that other versions wrote without these numbers are passed over. */
export async function readPastFreezes(source: Session, migration: string): Promise<PastFreezes> {
  if (!(await hasControlSchema(source))) return { rehearsed: undefined, freeze: undefined }
  const rows = await source.query<{ event: string; detail: string; at: number }>(readPastFreezesStatement, [
    migration,
  ])
  const lines = rows.map(({ event, detail, at }) => ({ event, at, detail: JSON.parse(detail) as unknown }))
  const [rehearsed] = lines.flatMap(({ detail, at }) => {
    const found = pausing.safeParse(detail)
    return found.success ? [{ ...found.data.rehearsedMs, at }] : []
  })
  const [freeze] = lines.flatMap(({ event, detail, at }) => {
    const found = ended.safeParse(detail)
    return found.success ? [{ ms: found.data.freezeMs, finished: event === 'finished', at }] : []
  })
  return { rehearsed, freeze }
}
