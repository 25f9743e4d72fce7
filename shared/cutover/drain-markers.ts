import { readUncarriedStatement } from '../control/doubt-statements.ts'
import { writeMarkersStatement } from '../control/statements.ts'
import { uncarriedOf, type Uncarried } from '../control/uncarried.ts'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { Session } from '../postgres/session.ts'
import type { CutoverOrder } from './ports.ts'
import { Script } from './script.ts'

/**
 * Writes a marker for every task, and in the same round trip, when they are committed, looks at what DMS does not carry
 * (`look`; undefined where it was not asked for).
 */
export async function writeDrainMarkers(
  from: Session,
  { plan, run }: CutoverOrder,
  order: { readonly markerTables: readonly string[]; readonly marker: string; readonly look: boolean },
): Promise<Uncarried | undefined> {
  const script = new Script()
    .add('begin')
    .bound(writeMarkersStatement, [order.markerTables, order.marker, 'drain', run.runId])
    .add('commit')
  if (!order.look) {
    await script.run(from)
    return undefined
  }
  const tables = plannedTables(plan)
  const [row] = await script
    .bound(readUncarriedStatement, [
      plan.migration,
      tables.map(({ schema }) => schema),
      tables.map(({ table }) => table),
    ])
    .run<{ uncarried: string }>(from)
  return uncarriedOf(row?.uncarried)
}
