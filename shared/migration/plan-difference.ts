import { differences, type Difference } from '../dms/document-difference.ts'
import { jsonDigest } from './digest.ts'
import type { LoadRanges } from './plan-decisions.ts'
import type { Plan, PlannedTask, TableName } from './plan.ts'
import { plannedTables } from './plan-schemas.ts'

/** Of a long list of tables that move alike, so many are named. */
const mostNames = 5

/**
 * What changed from one plan to another, one line for each fact, as a reviewer would say it. Whatever differs gives at
 * least one line. Pure.
 */
export function planDifferences(approved: Plan, now: Plan): string[] {
  const lines = [
    ...setDifference('table', plannedTables(approved).map(shown), plannedTables(now).map(shown)),
    ...moves(approved, now),
    ...setDifference('sequence', sequencesOf(approved), sequencesOf(now)),
    ...setDifference(
      'column that may be null during the load',
      approved.relaxedColumns.map((one) => `${shown(one)}.${one.column}`),
      now.relaxedColumns.map((one) => `${shown(one)}.${one.column}`),
    ),
    ...rangeLines(approved, now),
    ...lobLines(approved, now),
    ...waiverLines(approved, now),
    ...changes(taskDocuments(approved), taskDocuments(now)),
    ...changes(rest(approved), rest(now)),
  ]
  return lines.length > 0 ? lines : hidden(approved, now)
}

/** What has no words of its own: the catalogue's fingerprint, and mappings that the same decisions now make otherwise. */
function hidden(approved: Plan, now: Plan): string[] {
  if (approved.sourceFingerprint !== now.sourceFingerprint)
    return ['columns, keys, partitions or triggers of a migrated table changed on the source']
  return jsonDigest(approved) === jsonDigest(now)
    ? []
    : ['the documents of the tasks (table mappings) are made in another way now']
}

function sequencesOf(plan: Plan): string[] {
  return plan.sequences.map(({ schema, sequence }) => `${schema}.${sequence}`)
}

/** Tables that both plans have, in another task. */
function moves(approved: Plan, now: Plan): string[] {
  const before = taskOf(approved)
  const moved = [...taskOf(now)].flatMap(([table, to]) => {
    const from = before.get(table)
    return from === undefined || from === to ? [] : [{ table, from, to }]
  })
  const alike = Map.groupBy(moved, ({ from, to }) => JSON.stringify([from, to]))
  return [...alike.values()].flatMap((group) => {
    const [{ from, to } = { from: '', to: '' }] = group
    const names = group.map(({ table }) => table)
    if (names.length <= mostNames)
      return names.map((name) => `table ${name} moves from task ${from} to task ${to}`)
    const some = names.slice(0, mostNames).join(', ')
    return [
      `${names.length} tables move from task ${from} to task ${to}: ${some} and ${names.length - mostNames} more`,
    ]
  })
}

function taskOf({ tasks }: Plan): Map<string, string> {
  return new Map(
    tasks.flatMap(({ identifier, tables }) => tables.map((table) => [shown(table), identifier] as const)),
  )
}

function rangeLines(approved: Plan, now: Plan): string[] {
  return perTable(approved.decisions.ranges, now.decisions.ranges, (name, before, after) => {
    if (rangeText(before) !== rangeText(after))
      return `load of ${name}: approved ${rangeText(before)}, now ${rangeText(after)}`
    return `load of ${name}: the boundaries between its ${rangeText(after)} are others now`
  })
}

/** Boundaries are values of rows; they are counted here, not shown. */
function rangeText(ranges: LoadRanges | undefined): string {
  return ranges === undefined
    ? 'in one part'
    : `${ranges.boundaries.length + 1} ranges of ${ranges.columns.join(', ')}`
}

function lobLines(approved: Plan, now: Plan): string[] {
  const limit = (own: { readonly maxKb: number } | undefined) =>
    own === undefined ? 'that of its task' : `${own.maxKb} KB`
  return perTable(
    approved.decisions.lobs.tables,
    now.decisions.lobs.tables,
    (name, before, after) => `LOB limit of ${name}: approved ${limit(before)}, now ${limit(after)}`,
  )
}

function perTable<T extends TableName>(
  before: readonly T[],
  after: readonly T[],
  line: (name: string, before: T | undefined, after: T | undefined) => string,
): string[] {
  const old = new Map(before.map((one) => [shown(one), one]))
  const fresh = new Map(after.map((one) => [shown(one), one]))
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((name) => {
    const [was, is] = [old.get(name), fresh.get(name)]
    return was !== undefined && is !== undefined && jsonDigest(was) === jsonDigest(is)
      ? []
      : [line(name, was, is)]
  })
}

function waiverLines(approved: Plan, now: Plan): string[] {
  const texts = (plan: Plan) =>
    plan.waivers.map(
      ({ code, objects, reason, expires }) =>
        `of ${code}${objects === undefined ? '' : ` for ${objects.join(', ')}`} until ${expires} (${reason})`,
    )
  return setDifference('waiver', texts(approved), texts(now))
}

function taskDocuments({ tasks }: Plan): Record<string, unknown> {
  const document = ({ migrationType, slot, markerTable, settings }: PlannedTask) => ({
    ...settings,
    'migration type': migrationType,
    slot,
    'marker table': shown(markerTable),
  })
  return Object.fromEntries(tasks.map((task) => [task.identifier, document(task)]))
}

function rest(plan: Plan): Record<string, unknown> {
  const { version, migration, decisions, load, schema, duringLoad } = plan
  return {
    version,
    migration,
    'LOB limit': decisions.lobs.taskMaxKb,
    load,
    schema,
    'during-load': duringLoad,
    'dms.assessment.fail-on': plan.assessment?.failOn ?? 'no assessment',
    sequences: { margin: plan.sequenceMargin },
    'empty-target': plan.emptyTarget,
    cutover: plan.cutover,
  }
}

/** In both directions: a key that only one of the two has differs as well. */
function changes(approved: Record<string, unknown>, now: Record<string, unknown>): string[] {
  const backwards = differences(now, approved)
    .filter(({ found }) => found === 'nothing')
    .map(({ path, wanted, found }): Difference => ({ path, wanted: found, found: wanted }))
  return [...differences(approved, now), ...backwards].map(
    ({ path, wanted, found }) => `${path}: approved ${short(wanted)}, now ${short(found)}`,
  )
}

/** A whole task that is new or gone is a page of settings. */
function short(json: string): string {
  return json.length > 120 ? `${json.slice(0, 120)}…` : json
}

function setDifference(kind: string, before: readonly string[], after: readonly string[]): string[] {
  const old = new Set(before)
  const fresh = new Set(after)
  return [
    ...after.filter((name) => !old.has(name)).map((name) => `${kind} ${name} is new`),
    ...before.filter((name) => !fresh.has(name)).map((name) => `${kind} ${name} is gone`),
  ]
}

function shown({ schema, table }: TableName): string {
  return `${schema}.${table}`
}
