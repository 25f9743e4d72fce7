import { sqlState, type Session } from '../postgres/session.ts'
import type { WorkflowRun } from '../github/run.ts'
import type { Log } from '../runtime/log.ts'
import { MigrationError } from '../runtime/errors.ts'
import { journalChangeStatement, saveStateStatement } from './statements.ts'

/** One reversible change of one database: made in one transaction, with what is needed to undo it saved in the same. */
export interface DatabaseChange {
  readonly side: 'source' | 'target'
  /** What it does, as a person would say it: `turn autovacuum off on 24 tables`. */
  readonly title: string
  /** How and when it is undone. */
  readonly undo: string
  /** Commands that a step runs beside or instead of SQL, as a shell would be given them; never with a password. */
  readonly commands?: readonly string[]
  /** Complete SQL in order; no parameters, so that a dry run prints what a run executes. */
  readonly statements: readonly string[]
  /** Rows of aurora_migration.saved_state, written before the statements run. */
  readonly saved?: SavedRows
}

/** What is needed to undo a change of one kind, object by object. */
export interface SavedRows {
  readonly kind: string
  readonly rows: readonly { readonly object: string; readonly definition: unknown }[]
}

/** Who makes a change, for the journal. */
export interface ChangeContext {
  readonly migration: string
  readonly run: WorkflowRun
  readonly log: Log
}

/**
 * Makes one change and writes it to the journal, all in one transaction: it is there as a whole or not at all.
 * Throws `precondition` with the missing right where PostgreSQL refuses.
 */
export async function performChange(
  session: Session,
  change: DatabaseChange,
  context: ChangeContext,
): Promise<void> {
  await inTransaction(session, change, async () => {
    if (change.saved !== undefined) {
      await session.query(saveStateStatement, [
        context.migration,
        change.saved.kind,
        JSON.stringify(change.saved.rows),
      ])
    }
    // One round trip for all of them: a plan may have thousands of tables.
    if (change.statements.length > 0) await session.query(change.statements.join(';\n'))
    await journal(session, context, 'changed', { title: change.title })
  })
  context.log.line(`${change.side}: ${change.title}`)
}

/** Prints what a dry run would do: every command and statement as a run executes it. */
export function printChanges(log: Log, changes: readonly DatabaseChange[]): void {
  for (const { side, title, commands, statements } of changes) {
    log.line(`would ${title} (${side}):`)
    for (const command of commands ?? []) log.line(`  ${command}`)
    for (const statement of statements) log.line(`  ${statement};`)
  }
}

/** Writes one event to the control schema's journal. */
export async function journal(
  session: Session,
  context: ChangeContext,
  event: string,
  detail: unknown,
): Promise<void> {
  await session.query(journalChangeStatement, [
    context.migration,
    context.run.runId,
    context.run.attempt,
    event,
    JSON.stringify(detail),
  ])
}

/** Runs `work` in a transaction of its own; a refusal of PostgreSQL becomes an error that names the change. */
export async function inTransaction<T>(
  session: Session,
  change: Pick<DatabaseChange, 'side' | 'title'>,
  work: () => Promise<T>,
): Promise<T> {
  await session.query('begin')
  try {
    const result = await work()
    await session.query('commit')
    return result
  } catch (cause) {
    await session.query('rollback').catch(() => undefined)
    throw changeError(change, cause)
  }
}

const remedies: Readonly<Record<string, string>> = {
  '42501':
    'Give the migration’s login the right that is named (preflight prints the exact GRANTs), then run again.',
  '55P03': 'Another session holds a lock on it: end that session or wait for it, then run again.',
  '0A000':
    'A table outside the plan refers to one that is emptied: add it to `tables.include`, or empty it by hand.',
  '23514': 'Rows break a constraint: look at them on the target, then run again.',
}

function changeError(change: Pick<DatabaseChange, 'side' | 'title'>, cause: unknown): unknown {
  const state = sqlState(cause)
  if (state === undefined || !(cause instanceof Error) || cause instanceof MigrationError) return cause
  return new MigrationError('precondition', `${change.side}: could not ${change.title}: ${cause.message}`, {
    remedy: remedies[state] ?? 'Mend what PostgreSQL names, then run again: nothing of this step was kept.',
    cause,
  })
}
