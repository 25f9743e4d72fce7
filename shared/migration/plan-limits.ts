import type { Problem } from '../runtime/errors.ts'
import type { Plan } from './plan.ts'

/** DMS processes table mappings of 2 MB at most (DMS User Guide, Specifying table selection using JSON). */
const mostMappingBytes = 2_000_000

/** What of a plan AWS would not take. A task that is refused on creation would be found out only after approval. Pure. */
export function planLimitProblems(plan: Plan): Problem[] {
  return plan.tasks.flatMap(({ identifier, tables, mappings }) => {
    const bytes = Buffer.byteLength(JSON.stringify(mappings))
    if (bytes <= mostMappingBytes) return []
    const tasks = Math.ceil(bytes / mostMappingBytes) * plan.tasks.length
    return [
      {
        field: 'dms.tasks.max',
        message: `the table mappings of ${identifier} are ${bytes} bytes long (${tables.length} tables); DMS takes ${mostMappingBytes}`,
        remedy: `Spread the tables over more tasks, for example \`dms: { tasks: { max: ${tasks + 1} } }\`, or over several migration files.`,
      },
    ]
  })
}
