import type { SourceCatalogue } from '../migration/catalogue-model.ts'
import type { LobMaximum } from '../migration/lob-columns.ts'
import { decideLobs } from '../migration/lob-decision.ts'
import { loadRanges, rangeKeys } from '../migration/load-ranges.ts'
import type { PlanDecisions } from '../migration/plan-decisions.ts'
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
 * Decides LOB limits, tasks and ranges from what was measured on the source. Reads the keys of large tables only where
 * DMS loads the rows.
 */
export async function decide(
  source: Session,
  { dms, load }: Migration,
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
  return {
    decisions: {
      lobs: decideLobs(dms.lob['max-kb'], measured.lobs),
      groups: split.groups,
      ranges: divided.ranges,
    },
    notes: [
      ...(measured.statistics.known
        ? []
        : [`Sizes and writes of the tables are not known: ${measured.statistics.reason}`]),
      ...split.notes,
      ...large.notes,
      ...divided.notes,
    ],
  }
}
