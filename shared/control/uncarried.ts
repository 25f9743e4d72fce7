import * as z from 'zod'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { createLoadBaseline, noteDoubtsStatement, readUncarriedStatement } from './doubt-statements.ts'

const largeObjects = z.object({
  count: z.string(),
  newest: z.string(),
  /** Changes of pg_largeobject that the statistics counted, and when they were last set to zero. */
  changes: z.string(),
  reset: z.string(),
})

const uncarried = z.object({
  tables: z.array(
    z.object({
      schema: z.string(),
      table: z.string(),
      mark: z.string(),
      recordedAt: z.number().nullable(),
      seenAt: z.number().nullable(),
    }),
  ),
  backlogs: z.array(
    z.object({ schema: z.string(), table: z.string(), changes: z.string(), seenAt: z.number() }),
  ),
  largeObjects,
  largeObjectsBefore: largeObjects.nullable(),
})

/**
 * What happened on the source since the load that DMS does not carry, as far as it leaves a trace. `tables`: those whose
 * file is another one than before the load, or of which nothing was recorded (`recordedAt` null); `seenAt`: since when that
 * is noted as a doubt. `backlogs`: doubts about changes that were captured and not applied. Times: milliseconds since the
 * epoch by the source's clock.
 */
export type Uncarried = z.infer<typeof uncarried>

/** A doubt about a table, to be noted with the time at which it was first seen. */
export interface Doubt {
  readonly kind: 'table' | 'backlog'
  readonly schema: string
  readonly table: string
  /** The file's number, or how many changes. */
  readonly mark: string
}

/** One look, within whatever transaction the session is in. The tables of the record must be there: see `prepareDoubts`. */
export async function readUncarried(source: Session, plan: Plan): Promise<Uncarried> {
  const tables = plannedTables(plan)
  const [row] = await source.query<{ uncarried: string }>(readUncarriedStatement, [
    plan.migration,
    tables.map(({ schema }) => schema),
    tables.map(({ table }) => table),
  ])
  return uncarriedOf(row?.uncarried)
}

/** What the statement gave. */
export function uncarriedOf(text: string | undefined): Uncarried {
  return uncarried.parse(JSON.parse(text ?? 'null'))
}

/** Makes the tables of the record where they are missing; does nothing otherwise. */
export async function prepareDoubts(source: Session): Promise<void> {
  await source.query(createLoadBaseline)
}

/** Whether the tables of the record are there: without them nothing was recorded. */
export async function hasDoubts(source: Session): Promise<boolean> {
  const [row] = await source.query<{ present: boolean }>(
    "select to_regclass('aurora_migration.load_baseline') is not null as present",
  )
  return row?.present === true
}

/** Notes doubts, so that a comparison of rows that begins from now on can settle them. */
export async function noteDoubts(
  source: Session,
  migration: string,
  doubts: readonly Doubt[],
): Promise<void> {
  if (doubts.length === 0) return
  await source.query(noteDoubtsStatement, [migration, JSON.stringify(doubts)])
}
