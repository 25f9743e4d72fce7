import { workflowRun } from '../github/run.ts'
import { withOpen } from '../databases/with-open.ts'
import type { Session } from '../postgres/session.ts'
import { autovacuumBackChange, putAutovacuumBack } from '../target/autovacuum.ts'
import { buildIndexes, indexesBackChange, indexWork, readSavedIndexes } from '../target/build-indexes.ts'
import { inTransaction, journal, type ChangeContext } from '../target/database-change.ts'
import { liftGuard } from '../target/guard.ts'
import { validateNotNull } from '../target/not-null.ts'
import { validateForeignKeys } from '../target/prove-foreign-keys.ts'
import { putReplicaRoleBack } from '../target/replica-role.ts'
import { targetParameters } from '../waiting/target-parameters.ts'
import type { CleanupStep } from './cleanup-step.ts'
import type { CleanupWork, OpenDatabase } from './work.ts'

const liftId = 'lift the guard'

/**
 * What was set aside in a database for DMS's rows and is still to be put back. In one that stays closed only what reaches beyond
 * it: the rest is of use to nobody there, and stays saved. `lift`: a target that was never opened is given back.
 */
export function putBackSteps(work: CleanupWork, database: OpenDatabase, lift: boolean): CleanupStep[] {
  const { session, sight, login } = database
  const { side } = sight
  const { migration, context, stage } = work
  const { signal } = context
  const change: ChangeContext = { migration: migration.name, run: workflowRun(), log: context.log }
  const has = (...kinds: readonly string[]) => kinds.some((kind) => sight.saved.has(kind))
  const guarded = side === 'target' && stage.guarded
  const lifts = guarded && lift
  const step = (
    title: string,
    commands: readonly string[],
    perform: () => Promise<unknown>,
  ): CleanupStep => ({
    id: `${side}: ${title}`,
    where: side,
    title,
    commands,
    after: lifts ? [liftId] : [],
    perform: async () => {
      await perform()
    },
  })
  const steps: CleanupStep[] = []
  const closed = stage.fenced === side || (guarded && !lift)
  if (lifts) steps.push(liftStep(work, session, change))
  if (!closed && has('not-null', 'foreign-key'))
    steps.push(
      step(
        'validate the NOT NULLs and foreign keys that were put back',
        ['alter table … validate constraint …'],
        () =>
          withOpen(
            () => session.another({ statement_timeout: '0' }),
            async (patient) => {
              await validateNotNull(patient, migration.name)
              await validateForeignKeys(patient, migration.name, change)
            },
          ),
      ),
    )
  if (!closed && has('index'))
    steps.push(
      step('make the indexes again that were set aside', ['create index …'], async () => {
        const indexes = indexWork(await readSavedIndexes(session, migration.name))
        if (indexesBackChange(indexes) !== undefined)
          await buildIndexes(session, indexes, { login, signal, context: change })
      }),
    )
  if (!closed && has('autovacuum'))
    steps.push(
      step('put autovacuum back as it was', ['alter table … (autovacuum_enabled)'], async () => {
        const back = await autovacuumBackChange(session, migration.name)
        if (back !== undefined) await putAutovacuumBack(session, back, change)
      }),
    )
  // A parameter group is the whole server's: it must not wait for somebody to open this database.
  if (side === 'target' && has('replica-role'))
    steps.push(
      step(
        'give the target’s parameter group its former session_replication_role',
        ['aws rds modify-db-(cluster-)parameter-group --parameters ParameterName=session_replication_role,…'],
        async () => {
          const parameters = targetParameters(migration, signal)
          if (parameters === undefined)
            throw new Error('the migration file no longer says `replica-role: parameter-group`')
          await putReplicaRoleBack({
            parameters,
            target: session,
            targetLogin: login,
            signal,
            context: change,
          })
        },
      ),
    )
  return steps
}

/** One transaction: whatever cannot be put back keeps the target closed. */
function liftStep(work: CleanupWork, target: Session, change: ChangeContext): CleanupStep {
  const { name } = work.migration
  return {
    id: liftId,
    where: 'target',
    title: 'put back triggers, NOT NULLs and foreign keys, and lift the guard',
    commands: [
      `select aurora_migration.make_whole('${name}')`,
      `select aurora_migration.lift_guard('${name}')`,
      `delete from aurora_migration.decision where migration = '${name}'`,
    ],
    after: [],
    perform: () =>
      inTransaction(target, { side: 'target', title: 'lift the guard' }, async () => {
        await target.query('select aurora_migration.make_whole($1)', [name])
        await liftGuard(target, name)
        await target.query(
          "delete from aurora_migration.decision where migration = $1 and phase = 'guarded'",
          [name],
        )
        await journal(target, change, 'guard-lifted', { by: 'cleanup' })
      }),
  }
}
