import type { TableComparison } from '../../shared/comparison/comparison.ts'
import type { ComparisonState, KeptResult, KeptTable } from '../../shared/control/comparison-store.ts'
import { wildcardExpression } from '../../shared/migration/table-patterns.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { ObjectParity } from '../../shared/parity/judge-parity.ts'
import type { LeftTable } from './choose-tables.ts'

/** Objects of both sides: compared, not asked for, or not readable. */
export type ObjectsSeen =
  | { readonly kind: 'compared'; readonly parity: ObjectParity }
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'unknown'; readonly reason: string }

/** Everything that a comparison saw. */
export interface Seen {
  readonly tables: readonly TableComparison[]
  readonly left: readonly LeftTable[]
  readonly objects: ObjectsSeen
}

export interface Assessment {
  readonly state: Exclude<ComparisonState, 'running'>
  readonly differingRows: number
  /** False where a table was not compared to its end: there may be more. */
  readonly allRowsCounted: boolean
  readonly differingObjects: number
  /** What was not, or not wholly, compared though it should have been; each a sentence. */
  readonly unverified: readonly string[]
}

/** The verdict: a difference counts more than what could not be verified, and that more than what is equal. Pure. */
export function assess({ tables, left, objects }: Seen): Assessment {
  const gone = left.filter(({ found }) => found === 'different')
  const differing = tables.filter(({ kind }) => kind === 'different')
  const objectDifferences = objects.kind === 'compared' ? objects.parity.differences.length : 0
  const unverified = [...unverifiedTables(tables, left), ...unverifiedObjects(objects)]
  const compared = tables.filter(({ kind }) => kind !== 'skipped')
  if (compared.length === 0 && gone.length === 0) unverified.push('no table was compared')
  const different = differing.length + gone.length + objectDifferences > 0
  return {
    state: different ? 'different' : unverified.length > 0 ? 'could-not-verify' : 'equal',
    differingRows: differing.reduce((sum, { differencesFound }) => sum + differencesFound, 0),
    allRowsCounted: compared.every(({ complete }) => complete),
    differingObjects: objectDifferences + gone.length,
    unverified,
  }
}

/** What the file lets pass is told beside what is meant by the migration, with the file’s reason. Pure. */
export function acceptObjects(
  parity: ObjectParity,
  accepted: Migration['verify']['accept-objects'],
): { readonly parity: ObjectParity; readonly idle: readonly string[] } {
  const rules = accepted.map(({ object, reason }) => ({
    object,
    reason,
    // Names of objects hold underscores and brackets that stand for themselves: only `%` is a wildcard here.
    meant: wildcardExpression(object.replaceAll(/[[_]/gu, (letter) => `[${letter}]`)),
  }))
  const ruleOf = (one: { readonly kind: string; readonly name: string }) =>
    rules.find(({ meant }) => meant.test(`${one.kind} ${one.name}`))
  const passed = parity.differences.flatMap((one) => {
    const rule = ruleOf(one)
    return rule === undefined ? [] : [{ ...one, why: `accepted in the migration file: ${rule.reason}` }]
  })
  const used = new Set(parity.differences.map(ruleOf))
  return {
    parity: {
      ...parity,
      differences: parity.differences.filter((one) => ruleOf(one) === undefined),
      expected: [...parity.expected, ...passed],
    },
    idle: rules.filter((rule) => !used.has(rule)).map(({ object }) => object),
  }
}

/** What is kept on the source: counts and names, no values. Pure. */
export function keptResult({ tables, left, objects }: Seen): KeptResult {
  return {
    tables: [
      ...tables.map((one): KeptTable => ({
        ...one.table.source,
        found: one.kind,
        rows: one.rows,
        differences: one.differencesFound,
        ...(one.reason === undefined ? {} : { reason: one.reason }),
      })),
      ...left.map(({ schema, table, found, reason }): KeptTable => ({
        schema,
        table,
        found,
        rows: { source: '0', target: '0' },
        differences: 0,
        reason,
      })),
    ],
    columnsLeftOut: tables
      .filter(({ kind }) => kind !== 'skipped')
      .reduce((sum, { coverage }) => sum + coverage.filter(({ compared }) => !compared).length, 0),
    objects:
      objects.kind === 'compared'
        ? { differences: objects.parity.differences.length, expected: objects.parity.expected.length }
        : null,
  }
}

function unverifiedTables(tables: readonly TableComparison[], left: readonly LeftTable[]): string[] {
  return [
    ...tables
      .filter(({ kind }) => kind === 'unsettled' || kind === 'skipped')
      .map(
        ({ table: { source }, reason, unsettled }) =>
          `${source.schema}.${source.table}: ${reason ?? `${unsettled.length} rows could not be settled: ${unsettled[0]?.reason ?? ''}`}`,
      ),
    ...left
      .filter(({ found }) => found === 'unsettled')
      .map(({ schema, table, reason }) => `${schema}.${table}: ${reason}`),
  ]
}

function unverifiedObjects(objects: ObjectsSeen): string[] {
  return objects.kind === 'unknown' ? [`the objects: ${objects.reason}`] : []
}
