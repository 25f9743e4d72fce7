import { differences } from '../dms/document-difference.ts'
import type { Plan } from './plan.ts'
import { plannedTables } from './plan-schemas.ts'

/** What changed from one plan to another, one line for each fact, as a reviewer would say it. Pure. */
export function planDifferences(approved: Plan, now: Plan): string[] {
  const lines = [
    ...setDifference('table', tablesOf(approved), tablesOf(now)),
    ...setDifference('sequence', sequencesOf(approved), sequencesOf(now)),
    ...setDifference(
      'column that may be null during the load',
      approved.relaxedColumns.map(({ schema, table, column }) => `${schema}.${table}.${column}`),
      now.relaxedColumns.map(({ schema, table, column }) => `${schema}.${table}.${column}`),
    ),
    ...differences(taskSettings(approved), taskSettings(now)).map(change),
    ...differences(rest(approved), rest(now)).map(change),
  ]
  if (lines.length === 0 && approved.sourceFingerprint !== now.sourceFingerprint)
    lines.push('columns, keys, partitions or triggers of a migrated table changed on the source')
  return lines
}

function tablesOf(plan: Plan): string[] {
  return plannedTables(plan).map(({ schema, table }) => `${schema}.${table}`)
}

function sequencesOf(plan: Plan): string[] {
  return plan.sequences.map(({ schema, sequence }) => `${schema}.${sequence}`)
}

function taskSettings(plan: Plan): Record<string, unknown> {
  return Object.fromEntries(plan.tasks.map(({ identifier, settings }) => [identifier, settings]))
}

function rest(plan: Plan): Record<string, unknown> {
  const { cutover, sequenceMargin, emptyTarget } = plan
  return { cutover, sequences: { margin: sequenceMargin }, 'empty-target': emptyTarget }
}

function change({ path, wanted, found }: { path: string; wanted: string; found: string }): string {
  return `${path}: approved ${wanted}, now ${found}`
}

function setDifference(kind: string, before: readonly string[], after: readonly string[]): string[] {
  const old = new Set(before)
  const fresh = new Set(after)
  return [
    ...after.filter((name) => !old.has(name)).map((name) => `${kind} ${name} is new`),
    ...before.filter((name) => !fresh.has(name)).map((name) => `${kind} ${name} is gone`),
  ]
}
