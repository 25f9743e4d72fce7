import type { DatabaseName } from '../migration/direction.ts'
import type { Problem } from '../runtime/errors.ts'

/** What the drain saw in its one look at the database that is entered. */
export interface DrainSight {
  readonly missing: readonly string[]
  readonly canaries: number
  readonly exceptions: number
  readonly suspended: number
}

/** What of that was there before the drain, and does not speak against it. */
export type DrainAllowed = Pick<DrainSight, 'exceptions' | 'suspended'>

/** A drain proves only if every task delivered and nothing was left behind on the way. Pure. */
export function judgeDrain(
  sight: DrainSight,
  before: DrainAllowed,
  name: DatabaseName = 'target',
): Problem[] {
  const problems: Problem[] = []
  const refuse = (message: string, remedy: string) => problems.push({ field: name, message, remedy })
  for (const table of sight.missing)
    refuse(`the marker of ${table} did not arrive in time`, 'Look at that task: status, latency, log.')
  if (sight.canaries > 0)
    refuse(
      'a trigger fired for the replicated marker: DMS does not apply in replica mode',
      'Set AfterConnectScript of the target endpoint; verify the data before another cutover.',
    )
  if (sight.exceptions > before.exceptions)
    refuse(
      `${sight.exceptions - before.exceptions} rows could not be applied since the check`,
      `See awsdms_apply_exceptions on the ${name}: bring those rows up to date there, delete their lines, then run this again.`,
    )
  if (sight.suspended > before.suspended)
    refuse(
      `${sight.suspended - before.suspended} tables were suspended since the check`,
      `See awsdms_suspended_tables on the ${name}; reload those tables, then run this again.`,
    )
  return problems
}
