import { computeOf } from '../../dms/compute.ts'
import { replications } from '../../dms/replications.ts'
import { externalId } from '../../dms/task-identifier.ts'
import { carriers } from '../../migration/carriers.ts'
import { opposite, sidesOf } from '../../migration/direction.ts'
import type { ApplyErrors } from '../../waiting/apply-errors.ts'
import { readApplyErrors } from '../../waiting/apply-errors.ts'
import { readSourceHealth } from '../../waiting/read-source-health.ts'
import type { SlotHealth } from '../../waiting/source-health.ts'
import { readProofStatement } from './statements.ts'
import type { WayBackContext } from './way-back.ts'

/** A task of the way back as DMS tells it; `status` is `missing` where there is none. */
export interface WayBackTask {
  readonly identifier: string
  readonly externalId: string | undefined
  readonly status: string
  readonly tablesErrored: number
  /** Its slot on the open database. */
  readonly slot: SlotHealth | undefined
}

export interface WayBackState {
  /** The round trip of the marker that proved it; undefined where it is not proved. */
  readonly provedMs: number | undefined
  readonly tasks: readonly WayBackTask[]
  /** Rows that could not be applied on the database that was left, and suspended tables: any of them closes the way back. */
  readonly applyErrors: ApplyErrors
  /** WAL that the slots of both directions keep, in bytes, on each side. */
  readonly walBytes: { readonly from: bigint; readonly to: bigint }
}

/** How the way back of a cutover stands: for summaries, and before it is gone. Reads only. */
export async function wayBackState(
  given: Pick<
    WayBackContext,
    'migration' | 'plan' | 'direction' | 'generation' | 'source' | 'target' | 'client' | 'context'
  >,
): Promise<WayBackState> {
  const { plan, migration, direction, generation } = given
  const names = sidesOf(direction)
  const [from, to] = [given[names.from], given[names.to]]
  const wanted = carriers(plan, opposite(direction), generation)
  const port = replications(computeOf(migration), given.client, given.context.signal)
  const found = await port.describe({ identifiers: wanted.map(({ identifier }) => identifier) })
  const [onFrom, onTo] = await Promise.all([readSourceHealth(from), readSourceHealth(to)])
  const tasks = wanted.map(({ identifier, slot }): WayBackTask => {
    const task = found.find((one) => one.identifier === identifier)
    return {
      identifier,
      externalId: task === undefined ? undefined : externalId(task.arn),
      status: task?.status ?? 'missing',
      tablesErrored: task?.tables.errored ?? 0,
      slot: onTo.slots.find(({ name }) => name === slot),
    }
  })
  const [proof] = await to.query<{ roundTripMs: string | null }>(readProofStatement, [
    plan.migration,
    generation.toString(),
  ])
  const kept = (slots: readonly SlotHealth[]) =>
    slots.reduce((sum, { retainedBytes }) => sum + BigInt(retainedBytes ?? '0'), 0n)
  return {
    provedMs: typeof proof?.roundTripMs === 'string' ? Number(proof.roundTripMs) : undefined,
    tasks,
    applyErrors: await readApplyErrors(
      from,
      plan,
      tasks.flatMap((task) => task.externalId ?? []),
    ),
    walBytes: { from: kept(onFrom.slots), to: kept(onTo.slots) },
  }
}
