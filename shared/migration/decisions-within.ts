import type { SourceCatalogue } from './catalogue-model.ts'
import { decideLobs } from './lob-decision.ts'
import { byTableName } from './name-order.ts'
import type { PlanDecisions } from './plan-decisions.ts'
import type { TableName } from './plan.ts'
import type { Migration } from './schema.ts'

/**
 * Decisions as far as the file and the catalogue still allow them, in one order. They may be older than both, and what
 * they do not know must show in the plan: a table that no group has joins the first one, a table that is gone leaves its
 * group, a LOB limit in the file holds, and more groups than the file allows become one. Each of these changes the
 * digest, and so refuses. Pure.
 */
export function decisionsWithin(
  { dms }: Migration,
  { planned }: Pick<SourceCatalogue, 'planned'>,
  decisions: PlanDecisions,
): PlanDecisions {
  const wanted = dms.lob['max-kb']
  const { lobs, ranges } = decisions
  return {
    lobs:
      wanted === 'auto' ? { ...lobs, tables: [...lobs.tables].sort(byTableName) } : decideLobs(wanted, []),
    groups: groupsOf(planned, decisions.groups.length > dms.tasks.max ? [] : decisions.groups),
    ranges: [...ranges].sort(byTableName),
  }
}

function groupsOf(planned: readonly TableName[], groups: readonly (readonly TableName[])[]): TableName[][] {
  // Names alone: a group may come with whole tables, and everything in a plan is digested.
  const missing = new Map(planned.map(({ schema, table }) => [key({ schema, table }), { schema, table }]))
  const found = groups.map((group) =>
    group.flatMap((name) => {
      const table = missing.get(key(name))
      missing.delete(key(name))
      return table === undefined ? [] : [table]
    }),
  )
  const [first = [], ...others] = found
  return [[...first, ...missing.values()], ...others]
    .filter((group, index) => index === 0 || group.length > 0)
    .map((group) => group.sort(byTableName))
}

function key({ schema, table }: TableName): string {
  return JSON.stringify([schema, table])
}
