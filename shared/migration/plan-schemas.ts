import { byText } from './name-order.ts'
import type { Plan, TableName } from './plan.ts'

/** All tables of a plan, task after task. */
export function plannedTables(plan: Pick<Plan, 'tasks'>): readonly TableName[] {
  return plan.tasks.flatMap(({ tables }) => tables)
}

/** Schemas that a plan migrates, sorted: what the fingerprint is taken over. */
export function planSchemas(plan: Pick<Plan, 'tasks'>): readonly string[] {
  return [...new Set(plannedTables(plan).map(({ schema }) => schema))].sort(byText)
}
