import { readDecision } from './decision.ts'
import { carriers } from '../migration/carriers.ts'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import { readGuard, type Guard } from '../target/guard.ts'
import { readUnfencedStatement } from './statements.ts'

/**
 * The plan with the tasks that carry its rows to the target now: its own, or after a fall-back those which that made.
 * Throws `refused` where the target is open: nothing goes there any more.
 */
export async function carriedPlan(plan: Plan, target: Session): Promise<Plan> {
  const decision = await readDecision(target, plan.migration)
  if (decision?.ours !== true || decision.phase === 'guarded') return plan
  if (decision.phase !== 'committed') {
    throw new MigrationError('refused', 'the target is open: its rows go back to the source now', {
      remedy:
        'There is nothing to wait for. fall-back returns to the source; afterwards one can cut over again.',
    })
  }
  const tasks = carriers(plan, 'forward', decision.generation)
  return {
    ...plan,
    tasks: tasks.map(({ task, identifier, slot, markerTable }) => ({
      ...task,
      identifier,
      slot,
      markerTable,
      migrationType: 'cdc',
    })),
  }
}

/** Whether the target is closed: by its guard, or, once it was left by a fall-back, by its fence. */
export async function readClosure(target: Session, plan: Plan): Promise<Guard> {
  const decision = await readDecision(target, plan.migration)
  if (decision?.ours !== true || decision.phase !== 'committed') return readGuard(target, plan.migration)
  const [row] = await target.query<{ unfenced: number }>(readUnfencedStatement, [
    JSON.stringify(plannedTables(plan)),
  ])
  return { raised: row?.unfenced === 0, others: [] }
}
