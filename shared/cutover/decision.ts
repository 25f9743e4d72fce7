import { hasControlSchema } from '../control/plan-store.ts'
import { sidesOf, type Direction } from '../migration/direction.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { BeforeCommit, Decision } from './phase.ts'
import {
  abortDecisionStatement,
  beginDecisionStatement,
  readDecisionStatement,
  writeJournalStatement,
} from './statements.ts'

/** Who is cutting over: every change of the journal carries it. */
export interface CutoverRun {
  readonly migration: string
  readonly direction: Direction
  readonly runId: string
  readonly attempt: number
  readonly planDigest: string
  readonly evidenceId: string | null
}

/** The deciding row of one database, or undefined where there is none, or no control schema. */
export async function readDecision(session: Session, migration: string): Promise<Decision | undefined> {
  if (!(await hasControlSchema(session))) return undefined
  const [row] = await session.query<
    Omit<Decision, 'generation' | 'detail'> & { generation: string; detail: string }
  >(readDecisionStatement, [migration])
  if (row === undefined) return undefined
  return {
    ...row,
    generation: BigInt(row.generation),
    detail: JSON.parse(row.detail) as Record<string, unknown>,
  }
}

/**
 * Takes a new generation on the database that is left: compare-and-set on the generation that was seen. Throws `refused`
 * where another run was quicker.
 */
export async function beginDecision(
  from: Session,
  run: CutoverRun,
  seen: bigint,
  detail: Readonly<Record<string, unknown>>,
): Promise<bigint> {
  const [row] = await from.query<{ generation: string }>(beginDecisionStatement, [
    run.migration,
    run.runId,
    run.attempt,
    run.planDigest,
    run.evidenceId,
    JSON.stringify(detail),
    seen.toString(),
    sidesOf(run.direction).from,
    run.direction,
  ])
  if (row === undefined) {
    throw new MigrationError('refused', 'another run began a cutover of this migration at the same moment', {
      remedy: 'Leave it to that run. Nothing was touched by this one.',
    })
  }
  return BigInt(row.generation)
}

/** Marks a run as ended before its commit point. There is nothing to restore: PostgreSQL rolled the rest back. */
export async function abortDecision(
  from: Session,
  run: Pick<CutoverRun, 'migration' | 'direction' | 'runId' | 'attempt'>,
  generation: bigint,
  _phase: BeforeCommit,
): Promise<boolean> {
  const rows = await from.query(abortDecisionStatement, [
    run.migration,
    generation.toString(),
    run.runId,
    run.attempt,
    sidesOf(run.direction).from,
  ])
  return rows.length === 1
}

/** One line of the journal, on either side. */
export async function writeJournal(
  session: Session,
  run: CutoverRun,
  generation: bigint,
  event: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await session.query(writeJournalStatement, [
    run.migration,
    generation.toString(),
    run.runId,
    run.attempt,
    event,
    JSON.stringify(detail),
  ])
}

/** Did this very run, under this digest, begin to leave this database? Then a re-run of it may finish or undo it. */
export async function begunByThisRun(
  from: Session,
  run: Pick<CutoverRun, 'migration' | 'direction' | 'runId' | 'planDigest'>,
): Promise<boolean> {
  const decision = await readDecision(from, run.migration)
  return (
    decision?.ours === true &&
    // A database that was entered carries the row of the run that opened it.
    decision.direction === run.direction &&
    decision.side === sidesOf(run.direction).from &&
    decision.runId === run.runId &&
    decision.planDigest === run.planDigest &&
    decision.phase !== 'aborted'
  )
}
