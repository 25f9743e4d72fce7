import type { Session } from '../postgres/session.ts'
import { inTransaction, journal, type ChangeContext, type DatabaseChange } from './database-change.ts'

export interface ForeignKeyStep {
  readonly object: string
  readonly stage: 'add' | 'validate' | 'join'
  readonly statement: string
}

/** What is left to do for the foreign keys that were set aside, in order. */
export async function readForeignKeySteps(target: Session, migration: string): Promise<ForeignKeyStep[]> {
  return target.query<ForeignKeyStep>(
    'select object, stage, statement from aurora_migration.foreign_key_steps($1)',
    [migration],
  )
}

/** The change that puts every foreign key back as NOT VALID, which scans nothing; undefined where all are back. */
export async function foreignKeysBackChange(
  target: Session,
  migration: string,
): Promise<DatabaseChange | undefined> {
  const steps = (await readForeignKeySteps(target, migration)).filter(({ stage }) => stage === 'add')
  if (steps.length === 0) return undefined
  const count = new Set(steps.map(({ object }) => object)).size
  return {
    side: 'target',
    title: `put ${count} foreign ${count === 1 ? 'key' : 'keys'} back as NOT VALID`,
    undo: 'not needed: validated after the first marker',
    statements: steps.map(({ statement }) => statement),
  }
}

/** Makes it, all in one transaction. What was saved stays until each key is validated. */
export async function putForeignKeysBack(
  target: Session,
  change: DatabaseChange,
  context: ChangeContext,
): Promise<void> {
  await inTransaction(target, change, async () => {
    await target.query(change.statements.join(';\n'))
    await journal(target, context, 'changed', { title: change.title })
  })
  context.log.line(`target: ${change.title}`)
}
