import { workflowRun, type WorkflowRun } from '../github/run.ts'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import { qualified } from '../migration/identifier.ts'
import type { Session } from '../postgres/session.ts'
import type { Log } from '../runtime/log.ts'
import { MigrationError } from '../runtime/errors.ts'
import { autovacuumBack, autovacuumKind } from './autovacuum.ts'
import { inTransaction, journal, type DatabaseChange } from './database-change.ts'
import { readDecisions } from './decisions.ts'
import { forgetStateStatement } from './statements.ts'

export interface FinishOptions {
  readonly target: Session
  readonly plan: Plan
  readonly log: Log
  readonly dryRun: boolean
  readonly run?: WorkflowRun
}

export interface Finishing {
  readonly state: 'finished' | 'planned'
  readonly changes: readonly DatabaseChange[]
}

/**
 * After the full load: VACUUM (ANALYZE) of every planned table, so that index-only scans and the planner are ready
 * before the first user, then autovacuum as it was. Sequences are not touched. A second run changes nothing. Throws
 * `precondition` where the target was not prepared.
 */
export async function finishTarget(options: FinishOptions): Promise<Finishing> {
  const { target, plan, log, dryRun } = options
  const context = { migration: plan.migration, run: options.run ?? workflowRun(), log }
  const row = (await readDecisions(target)).find(({ migration }) => migration === plan.migration)
  if (row?.prepared !== true) {
    throw new MigrationError('precondition', 'the target was not prepared by this migration', {
      remedy: 'Run create-task (or prepare-target) first.',
    })
  }
  const changes = row.finished ? [] : [vacuumChange(plan)]
  const back = await autovacuumBack(target, plan.migration)
  if (back.objects.length > 0) {
    changes.push({
      side: 'target',
      title: `put autovacuum back on ${back.objects.length} tables`,
      undo: 'not needed: this is how it was before',
      statements: back.statements,
    })
  }
  if (dryRun) return { state: 'planned', changes }

  const [vacuum, autovacuum] = row.finished ? [undefined, changes[0]] : [changes[0], changes[1]]
  if (vacuum !== undefined) {
    await target.query("select set_config('statement_timeout', '0', false)")
    // One statement a table: VACUUM takes no transaction, and the log shows how far it is.
    for (const statement of vacuum.statements) {
      await target.query(statement)
      log.debug(statement)
    }
    log.line(`target: ${vacuum.title}`)
  }
  if (autovacuum !== undefined) {
    await inTransaction(target, autovacuum, async () => {
      await target.query(back.statements.join(';\n'))
      await target.query(forgetStateStatement, [plan.migration, autovacuumKind, back.objects])
      await journal(target, context, 'changed', { title: autovacuum.title })
    })
    log.line(`target: ${autovacuum.title}`)
  }
  if (!row.finished) await journal(target, context, 'target-finished', { tables: plannedTables(plan).length })
  return { state: 'finished', changes }
}

function vacuumChange(plan: Plan): DatabaseChange {
  const tables = plannedTables(plan)
  return {
    side: 'target',
    title: `vacuum and analyze ${tables.length} tables`,
    undo: 'not needed: rows stay as they are',
    statements: tables.map(({ schema, table }) => `vacuum (analyze) ${qualified(schema, table)}`),
  }
}
