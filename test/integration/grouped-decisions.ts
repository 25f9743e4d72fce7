import type { CatalogueTable } from '../../shared/migration/catalogue-model.ts'
import type { PlanDecisions } from '../../shared/migration/plan-decisions.ts'

/** Decisions that give each list of schemas a task of its own. Throws where a table is in none of them. */
export function groupTables(
  planned: readonly CatalogueTable[],
  groups: readonly (readonly string[])[],
): PlanDecisions {
  const stray = planned.find(({ schema }) => !groups.flat().includes(schema))
  if (stray !== undefined) throw new Error(`no group has the schema ${stray.schema}`)
  return {
    lobs: { taskMaxKb: 128, tables: [] },
    ranges: [],
    groups: groups.map((schemas) =>
      planned
        .filter(({ schema }) => schemas.includes(schema))
        .map(({ schema, table }) => ({ schema, table })),
    ),
  }
}
