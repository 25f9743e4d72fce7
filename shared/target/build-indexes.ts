import { escapeLiteral } from 'pg'
import { qualified, quoted } from '../migration/identifier.ts'
import type { DatabaseLogin, Session } from '../postgres/session.ts'
import { inTransaction, journal, type ChangeContext, type DatabaseChange } from './database-change.ts'
import { indexKind, type SecondaryIndex } from './set-aside.ts'
import {
  forgetStateStatement,
  readIndexProgressStatement,
  readMaintenanceMemoryStatement,
  readSavedIndexesStatement,
} from './statements.ts'
import { onWorkers, workerCount } from './worker-sessions.ts'

/** An index that waits to be made again, with what is there of it. */
export interface SavedIndex extends SecondaryIndex {
  readonly object: string
  readonly present: boolean
  /** Its partitioned index has taken it in. */
  readonly attached: boolean
}

/** How the saved indexes are made: leaves at once on several sessions, then in one transaction what joins them. */
export interface IndexWork {
  readonly saved: readonly SavedIndex[]
  /** One transaction each. */
  readonly leaves: readonly (readonly string[])[]
  readonly joins: readonly string[]
}

/** Indexes that were dropped for the load, or not made before it; the largest tables first. */
export async function readSavedIndexes(target: Session, migration: string): Promise<SavedIndex[]> {
  return target.query<SavedIndex>(readSavedIndexesStatement, [migration])
}

/** What is left to do; what is there already is left alone, so that a run which was ended goes on where it stopped. Pure. */
export function indexWork(saved: readonly SavedIndex[]): IndexWork {
  const depth = (index: SavedIndex): number => {
    const above = saved.find(
      (one) => one.schema === index.parentSchema && one.name === index.parentName && one !== index,
    )
    return above === undefined ? 0 : 1 + depth(above)
  }
  const parts = saved.filter(({ parentName }) => parentName !== null)
  return {
    saved,
    leaves: saved
      .filter(({ partitioned, present }) => !partitioned && !present)
      .map((index) => [index.definition, ...extras(index)]),
    joins: [
      ...saved
        .filter(({ partitioned, present }) => partitioned && !present)
        .flatMap((index) => [index.definition, ...extras(index)]),
      // The lowest first: an index is valid when all its parts have been taken in.
      ...parts
        .filter(({ attached }) => !attached)
        .sort((a, b) => depth(b) - depth(a))
        .map(
          ({ schema, name, parentSchema, parentName }) =>
            `alter index ${qualified(parentSchema ?? '', parentName ?? '')} attach partition ${qualified(schema, name)}`,
        ),
    ],
  }
}

/** For the summary and the dry run; undefined where nothing waits. */
export function indexesBackChange({ saved, leaves, joins }: IndexWork): DatabaseChange | undefined {
  if (saved.length === 0) return undefined
  // Of all that are saved, not of those that are left: a run that goes on where another was ended says the same.
  const several = saved.filter(({ partitioned }) => !partitioned).length
  return {
    side: 'target',
    title: `make ${saved.length} ${saved.length === 1 ? 'index' : 'indexes'}, ${Math.min(workerCount, Math.max(several, 1))} at a time`,
    undo: 'not needed: this is how it was before',
    statements: [...leaves.flat(), ...joins],
  }
}

/**
 * Makes the indexes, several at a time, and forgets what was saved of them. Each is made in a transaction of its own: a
 * run that is ended leaves whole indexes and goes on with the others. Says how far they are every ten seconds.
 */
export async function buildIndexes(
  target: Session,
  work: IndexWork,
  options: { readonly login: DatabaseLogin; readonly signal: AbortSignal; readonly context: ChangeContext },
): Promise<void> {
  const change = indexesBackChange(work)
  if (change === undefined) return
  const { context, signal } = options
  const [memory] = await target.query<{ kb: string }>(readMaintenanceMemoryStatement, [
    Math.min(workerCount, Math.max(work.leaves.length, 1)),
  ])
  const progress = setInterval(() => void sayProgress(target, context), 10_000)
  try {
    await onWorkers(
      options.login,
      {
        application: 'aurora-migration indexes',
        signal,
        settings: { maintenance_work_mem: `${memory?.kb ?? '65536'}kB` },
      },
      work.leaves,
      async (session, statements) => {
        await inTransaction(session, { side: 'target', title: `run ${statements[0] ?? ''}` }, () =>
          session.query(statements.join(';\n')),
        )
        context.log.debug(statements[0] ?? '')
      },
    )
  } finally {
    clearInterval(progress)
  }
  await inTransaction(target, change, async () => {
    if (work.joins.length > 0) await target.query(work.joins.join(';\n'))
    await target.query(forgetStateStatement, [
      context.migration,
      indexKind,
      work.saved.map(({ object }) => object),
    ])
    await journal(target, context, 'changed', { title: change.title })
  })
  context.log.line(`target: ${change.title}`)
}

async function sayProgress(target: Session, { log }: ChangeContext): Promise<void> {
  try {
    const rows = await target.query<{ table: string; phase: string; percent: number }>(
      readIndexProgressStatement,
    )
    for (const { table, phase, percent } of rows)
      log.line(`index on ${table}: ${phase}${percent > 0 ? ` ${percent} %` : ''}`)
  } catch {
    // Progress is a courtesy; the work tells its own failures.
  }
}

function extras(index: SavedIndex): string[] {
  const name = qualified(index.schema, index.name)
  return [
    ...(index.comment === null ? [] : [`comment on index ${name} is ${escapeLiteral(index.comment)}`]),
    ...(index.clustered
      ? [`alter table ${qualified(index.schema, index.table)} cluster on ${quoted(index.name)}`]
      : []),
  ]
}
