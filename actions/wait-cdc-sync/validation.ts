import type { TableStatistic } from '../../shared/dms/table-statistic.ts'
import { validation } from '../../shared/dms/table-state.ts'
import type { Problem } from '../../shared/runtime/errors.ts'
import { migratedTables, type TaskSight } from '../../shared/waiting/task-sight.ts'

/** What earlier looks of the same wait showed, by `schema.table`. */
export interface ValidationHistory {
  /** Tables that read `Validated` at some look. */
  readonly validated: ReadonlySet<string>
  /** Changes captured when the table was first seen. */
  readonly capturedAtFirst: ReadonlyMap<string, number>
  /** Looks in a row at which no more rows waited for comparison than had changed since the first look. */
  readonly explained: ReadonlyMap<string, number>
}

export const nothingSeen: ValidationHistory = {
  validated: new Set(),
  capturedAtFirst: new Map(),
  explained: new Map(),
}

/** A first comparison that has only begun can look like one that keeps up; not at so many looks in a row. */
const explainedLooks = 10

export interface ValidationJudgement {
  readonly problems: readonly Problem[]
  readonly reasons: readonly string[]
  readonly unverified: readonly string[]
}

/** `schema.table`, the key of a history. */
export function tableKey({ schema, table }: Pick<TableStatistic, 'schema' | 'table'>): string {
  return `${schema}.${table}`
}

/** The history with one more look in it. */
export function remember(history: ValidationHistory, tasks: readonly TaskSight[]): ValidationHistory {
  const validated = new Set(history.validated)
  const capturedAtFirst = new Map(history.capturedAtFirst)
  const explained = new Map<string, number>()
  for (const table of tasks.flatMap((task) => task.tables)) {
    const key = tableKey(table)
    const state = validation(table.validationState)
    if (state === 'validated') validated.add(key)
    const first = capturedAtFirst.get(key) ?? table.captured
    capturedAtFirst.set(key, first)
    const changed = table.captured - first
    if (state === 'busy' && changed > 0 && table.validationPending <= changed)
      explained.set(key, (history.explained.get(key) ?? 0) + 1)
  }
  return { validated, capturedAtFirst, explained }
}

/**
 * Judges DMS's row comparison. A table under writes never rests at `Validated`: changed rows wait to be compared again.
 * It counts as compared once it was seen validated, or when at many looks no more rows waited than had just changed.
 */
export function assessValidation(sight: TaskSight, history: ValidationHistory): ValidationJudgement {
  const problems: Problem[] = []
  const waiting: string[] = []
  const suspended: string[] = []
  const impossible: string[] = []
  const off: string[] = []
  const strange: string[] = []
  for (const table of migratedTables(sight)) {
    const key = tableKey(table)
    const state = validation(table.validationState)
    if (state === 'mismatched' || table.validationFailed > 0) {
      problems.push(mismatch(key, table))
      continue
    }
    if (state === 'off') off.push(key)
    if (state === 'impossible') impossible.push(`${key} (${table.validationState})`)
    if (state === 'suspended' || table.validationSuspended > 0) suspended.push(key)
    if (state === 'unknown') strange.push(`${key} (“${table.validationState}”)`)
    if (state === 'waiting') waiting.push(key)
    const compared = history.validated.has(key) || (history.explained.get(key) ?? 0) >= explainedLooks
    if (state === 'busy' && !compared) waiting.push(key)
  }
  return {
    problems,
    reasons:
      waiting.length + strange.length === 0
        ? []
        : [`rows of ${named([...waiting, ...strange])} are still to be compared by DMS`],
    unverified: [
      ...(off.length === 0 ? [] : [`rows of ${named(off)}: DMS’s validation is off`]),
      ...(impossible.length === 0 ? [] : [`rows of ${named(impossible)}: DMS cannot compare them`]),
      ...(suspended.length === 0
        ? []
        : [`rows of ${named(suspended)} that change too often for DMS to compare`]),
    ],
  }
}

function mismatch(key: string, table: TableStatistic): Problem {
  const details = table.validationDetails === '' ? '' : ` (${table.validationDetails})`
  return {
    field: key,
    message: `${table.validationFailed} rows of ${key} differ between source and target${details}`,
    remedy:
      'See awsdms_validation_failures_v2 on the target for the keys; find out why they differ, repair them, and let DMS compare the table again (aws dms reload-tables --reload-option validate-only).',
  }
}

/** At most five names, and how many more there are. */
function named(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ')
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown
}
