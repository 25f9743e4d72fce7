import type { Session } from '../../postgres/session.ts'

/** Whose fence it is, as the deciding row names it. */
export interface FenceOwner {
  readonly migration: string
  readonly generation: bigint
  readonly runId: string
  readonly attempt: number
}

/**
 * Gives a database back that `fence: read-only` had closed: `aborted`, rights and settings as they were, in one
 * transaction; then its spent triggers are removed for as long as `tidyMs` allows. What the dead-man does too; whoever comes
 * first does it. `told` goes into the journal. Gives undefined where the fence was decided already, or is another run's; else what could not be put back.
 */
export async function giveBack(
  session: Session,
  fence: FenceOwner,
  told: { readonly by: string } & Readonly<Record<string, unknown>>,
  tidyMs: number,
): Promise<readonly string[] | undefined> {
  const [row] = await session.query<{ given: string | null }>(
    'select aurora_migration.give_back($1::json, $2::json)::text as given',
    [
      JSON.stringify({
        migration: fence.migration,
        generation: fence.generation.toString(),
        runId: fence.runId,
        attempt: fence.attempt,
      }),
      JSON.stringify(told),
    ],
  )
  if (row?.given === null || row?.given === undefined) return undefined
  await dropSpentTriggers(session, tidyMs)
  return (JSON.parse(row.given) as { unrestored: string[] }).unrestored
}

/** Removes triggers of fences that were given back: they refuse nobody any more. Gives how many are left after `budgetMs`. */
export async function dropSpentTriggers(session: Session, budgetMs: number): Promise<number> {
  const [row] = await session.query<{ remaining: number }>(
    'call aurora_migration.drop_spent_triggers($1::integer, null)',
    [Math.round(budgetMs)],
  )
  return row?.remaining ?? 0
}
