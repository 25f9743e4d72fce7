import type { Catalogue } from './catalogue-model.ts'
import { jsonDigest } from './digest.ts'
import type { LobDecision } from './lob-decision.ts'
import type { LoadRanges, PlanDecisions } from './plan-decisions.ts'
import type { TableName } from './plan.ts'
import { tableUnits } from './table-units.ts'

/** What was decided now, and what is needed to judge whether older decisions still do. */
export interface Fresh {
  readonly decisions: PlanDecisions
  /** Groups that the migration file asks for. */
  readonly own: readonly (readonly TableName[])[]
  readonly catalogue: Pick<Catalogue, 'planned' | 'parents'>
  /** False where the file names the LOB limit. */
  readonly lobsMeasured: boolean
}

/**
 * Decisions of the plan that is kept, wherever they still do; what was decided now, where not. Sizes and writes change
 * all the time: without this a second preflight would give another plan for no reason, and create-task would refuse the
 * tasks that run already. Pure.
 */
export function keptDecisions(
  kept: PlanDecisions,
  fresh: Fresh,
): { readonly decisions: PlanDecisions; readonly older: boolean } {
  const { decisions } = fresh
  const chosen: PlanDecisions = {
    lobs: fresh.lobsMeasured && lobsDo(kept.lobs, fresh) ? kept.lobs : decisions.lobs,
    groups: groupsDo(kept.groups, fresh) ? kept.groups : decisions.groups,
    ranges: decisions.ranges.map((range) => kept.ranges.find((older) => alike(older, range)) ?? range),
  }
  return { decisions: chosen, older: jsonDigest(chosen) !== jsonDigest(decisions) }
}

/** No table would get less than what is needed now. */
function lobsDo(kept: LobDecision, { decisions, catalogue }: Fresh): boolean {
  const older = limits(kept)
  const needed = limits(decisions.lobs)
  return catalogue.planned.every((table) => older(table) >= needed(table))
}

function limits({ taskMaxKb, tables }: LobDecision): (table: TableName) => number {
  const own = new Map(tables.map((table) => [key(table), table.maxKb]))
  return (table) => own.get(key(table)) ?? taskMaxKb
}

/** The same tables over as many tasks, with what belongs together still together; only the balance may differ. */
function groupsDo(kept: PlanDecisions['groups'], { decisions, own, catalogue }: Fresh): boolean {
  const before = groupOf(kept)
  const now = groupOf(decisions.groups)
  const sameTables = before.size === now.size && [...now.keys()].every((table) => before.has(table))
  if (!sameTables || kept.length !== decisions.groups.length) return false
  const sets = new Set(kept.map(setText))
  if (!own.every((group) => sets.has(setText(group)))) return false
  return tableUnits(catalogue, catalogue.planned)
    .filter(({ joined }) => joined)
    .every(({ tables }) => {
      // Foreign keys that the file's own groups cut are cut in both.
      const together = Map.groupBy(tables, (table) => now.get(key(table)))
      return [...together.values()].every(
        (group) => new Set(group.map((table) => before.get(key(table)))).size === 1,
      )
    })
}

function groupOf(groups: PlanDecisions['groups']): Map<string, number> {
  return new Map(groups.flatMap((group, index) => group.map((table) => [key(table), index] as const)))
}

function setText(group: readonly TableName[]): string {
  return JSON.stringify(group.map(key).sort())
}

/** The same division of the same table: other boundaries are no reason for another plan. */
function alike(older: LoadRanges, range: LoadRanges): boolean {
  return (
    key(older) === key(range) &&
    older.boundaries.length === range.boundaries.length &&
    JSON.stringify(older.columns) === JSON.stringify(range.columns)
  )
}

function key({ schema, table }: TableName): string {
  return JSON.stringify([schema, table])
}
