import { hasControlSchema } from '../control/plan-store.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import { readDecisionsStatement } from './statements.ts'

/** What a side's control schema says about one migration. */
export interface DecisionRow {
  readonly migration: string
  readonly side: 'source' | 'target'
  readonly phase: 'paused' | 'fenced' | 'committed' | 'aborted' | 'guarded' | 'opened'
  readonly planDigest: string
  readonly systemIdentifier: string
  /** Preparation, or finishing, ran to its end here. */
  readonly prepared: boolean
  readonly finished: boolean
  /** The planned tables were emptied for another load after the finishing. */
  readonly emptiedSince: boolean
}

/** All migrations that a side knows of; empty without a control schema. */
export async function readDecisions(session: Session): Promise<readonly DecisionRow[]> {
  if (!(await hasControlSchema(session))) return []
  return session.query<DecisionRow>(readDecisionsStatement)
}

/** After a commit point nothing here may be prepared again: the target holds the only copy of new writes. */
export function refuseOpened(
  migration: string,
  source: readonly DecisionRow[],
  target: readonly DecisionRow[],
): void {
  const committed = source.some((row) => row.migration === migration && row.phase === 'committed')
  const opened = target.some((row) => row.migration === migration && row.phase === 'opened')
  if (!committed && !opened) return
  throw new MigrationError(
    'refused',
    opened
      ? `the target of ${migration} is open already: the cutover has been made`
      : `the source of ${migration} has passed the commit point: only cutover may go on`,
    {
      remedy: opened
        ? 'Nothing is left to prepare. For another migration use another name and another target.'
        : 'Run the cutover job again; it finds where it stopped and goes on from there.',
    },
  )
}
