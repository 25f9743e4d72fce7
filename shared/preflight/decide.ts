import { readLatestPlan } from '../control/plan-store.ts'
import type { SourceCatalogue } from '../migration/catalogue-model.ts'
import type { LobMaximum } from '../migration/lob-columns.ts'
import { decideLobs } from '../migration/lob-decision.ts'
import { loadRanges, rangeKeys } from '../migration/load-ranges.ts'
import { planDigest } from '../migration/digest.ts'
import { keptDecisions } from '../migration/kept-decisions.ts'
import { decisionsOf, type PlanDecisions } from '../migration/plan-decisions.ts'
import type { Migration } from '../migration/schema.ts'
import { splitTables, type TableLoad } from '../migration/split-tables.ts'
import { readKeyValues } from '../postgres/key-values.ts'
import type { Session } from '../postgres/session.ts'
import type { Fact } from './known-fact.ts'

/** What measurements decide, and what a reviewer should know of how they did. */
export interface Decided {
  readonly decisions: PlanDecisions
  /** A sentence each; not part of the plan. */
  readonly notes: readonly string[]
}

/**
 * Decides LOB limits, tasks and ranges from what was measured on the source; older decisions stay where they still do.
 * Reads the keys of large tables only where DMS loads the rows.
 */
export async function decide(
  source: Session,
  { name, dms, load }: Migration,
  measured: {
    readonly catalogue: SourceCatalogue
    readonly lobs: readonly LobMaximum[]
    readonly statistics: Fact<readonly TableLoad[]>
  },
): Promise<Decided> {
  const { catalogue } = measured
  const statistics = measured.statistics.known ? measured.statistics.value : []
  // Copied by other means, each task needs a slot that is older than the copy.
  const slots = load.by === 'existing' ? load.slots.length : dms.tasks.max
  const tasks = { ...dms.tasks, max: Math.min(dms.tasks.max, slots) }
  const split = splitTables(catalogue, statistics, tasks)
  const large =
    load.by === 'dms' ? rangeKeys(catalogue, statistics, dms['parallel-load'].from) : { keys: [], notes: [] }
  const values = await readKeyValues(source, large.keys)
  const divided = loadRanges(large.keys, values, dms['parallel-load'].segments)
  const fresh = {
    lobs: decideLobs(dms.lob['max-kb'], measured.lobs),
    groups: split.groups,
    ranges: divided.ranges,
  }
  const kept = await readLatestPlan(source, name)
  const { decisions, older } =
    kept === undefined
      ? { decisions: fresh, older: false }
      : keptDecisions(decisionsOf(kept), {
          decisions: fresh,
          own: split.own,
          catalogue,
          lobsMeasured: dms.lob['max-kb'] === 'auto',
        })
  return {
    decisions,
    notes: [
      ...(kept !== undefined && older
        ? [
            `Tasks, ranges or LOB limits are those of plan \`${planDigest(kept).slice(0, 12)}\`, which the source keeps: they still do, though today’s measurements alone would lead elsewhere. What the file asks for always holds.`,
          ]
        : []),
      ...(measured.statistics.known
        ? []
        : [`Sizes and writes of the tables are not known: ${measured.statistics.reason}`]),
      ...split.notes,
      ...large.notes,
      ...divided.notes,
    ],
  }
}
