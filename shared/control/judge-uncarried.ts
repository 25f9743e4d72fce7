import { qualified } from '../migration/identifier.ts'
import type { Plan, TableName } from '../migration/plan.ts'
import type { Problem } from '../runtime/errors.ts'
import type { Doubt, Uncarried } from './uncarried.ts'

/**
 * Tables whose rows verify-data found equal, by `qualified(schema, table)`, and when it began with each (milliseconds since
 * the epoch by the source's clock). What was in doubt before that is settled by it.
 */
export type ComparedEqual = ReadonlyMap<string, number>

export interface UncarriedJudgement {
  readonly problems: readonly Problem[]
  /** What is allowed, and cannot be shown to be right. */
  readonly unverified: readonly string[]
  /** Tables that were rewritten, and compared since. */
  readonly settled: readonly string[]
  /** To be noted, so that a comparison can settle them. */
  readonly doubts: readonly Doubt[]
}

/** The code of preflight's finding, by which a migration file accepts large objects. */
const largeObjectFinding = 'source-large-objects'
/** Nobody reads more lines of one kind. */
const mostProblems = 20

/**
 * Judges what DMS does not carry and what left a trace: a table whose file is another one than before the load was
 * truncated or rewritten, which of the two nobody can tell afterwards; large objects exist. Pure.
 */
export function judgeUncarried(
  seen: Uncarried,
  plan: Pick<Plan, 'waivers'>,
  compared: ComparedEqual,
): UncarriedJudgement {
  const open = seen.tables.filter((table) => !isSettled(table, table.seenAt, compared))
  const rewritten = open.filter(({ recordedAt }) => recordedAt !== null)
  const unknown = open.filter(({ recordedAt }) => recordedAt === null)
  const large = judgeLargeObjects(seen, plan)
  return {
    problems: [
      ...rewritten.slice(0, mostProblems).map(rewrittenProblem),
      ...moreProblem(rewritten.slice(mostProblems)),
      ...unknownProblem(unknown),
      ...large.problems,
    ],
    unverified: large.unverified,
    settled: seen.tables.filter((table) => !open.includes(table)).map(dotted),
    doubts: open.map(({ schema, table, mark }) => ({ kind: 'table', schema, table, mark })),
  }
}

/** Whether a comparison that found the table equal began after the doubt was first seen. */
export function isSettled(table: TableName, seenAt: number | null, compared: ComparedEqual): boolean {
  const begun = compared.get(qualified(table.schema, table.table))
  return seenAt !== null && begun !== undefined && begun > seenAt
}

const compareRemedy =
  'Run verify-data now: where it finds the rows equal, this is settled (VACUUM FULL, CLUSTER and a rewriting ALTER leave them so). Where they differ, truncate the table on the target as well or repair it, and run verify-data again; or delete the replication tasks and run create-task, which loads anew.'

function rewrittenProblem({ schema, table }: TableName): Problem {
  return {
    field: `${schema}.${table}`,
    message: `the table ${schema}.${table} has been truncated or rewritten on the source since its load; DMS does not carry TRUNCATE from PostgreSQL, so the target may still hold the rows`,
    remedy: compareRemedy,
  }
}

function moreProblem(more: readonly TableName[]): Problem[] {
  if (more.length === 0) return []
  return [
    {
      field: 'source',
      message: `${more.length} more tables have been truncated or rewritten on the source since their load, ${dotted(more[0])} among them`,
      remedy: compareRemedy,
    },
  ]
}

function unknownProblem(unknown: readonly TableName[]): Problem[] {
  const [first] = unknown
  if (first === undefined) return []
  const others = unknown.length > 1 ? ` and ${unknown.length - 1} more tables` : ''
  return [
    {
      field: dotted(first),
      message: `it cannot be verified that ${dotted(first)}${others} was not truncated since its load: nothing was recorded before it`,
      remedy: `Tasks that create-task makes are recorded. ${compareRemedy}`,
    },
  ]
}

function judgeLargeObjects(
  { largeObjects: now, largeObjectsBefore: before }: Uncarried,
  plan: Pick<Plan, 'waivers'>,
): { problems: Problem[]; unverified: string[] } {
  if (now.count === '0') return { problems: [], unverified: [] }
  const since = largeObjectChanges(now, before)
  const accepted = plan.waivers.some(({ code }) => code === largeObjectFinding)
  const text = `${now.count} large objects are stored on the source, which DMS does not carry; ${since}`
  if (accepted) return { problems: [], unverified: [text] }
  return {
    problems: [
      {
        field: 'pg_largeobject',
        message: text,
        remedy: `Move them into a bytea column, or remove orphans by vacuumlo; or accept them by a waiver of ${largeObjectFinding} in the migration file and copy them yourself.`,
      },
    ],
    unverified: [],
  }
}

/** Statistics that were set to zero in between show nothing, least of all that nothing changed. */
function largeObjectChanges(now: Uncarried['largeObjects'], before: Uncarried['largeObjectsBefore']): string {
  if (before === null) return 'what became of them since the load was not recorded'
  const counted = `${before.count} when the tasks were made`
  if (now.count !== before.count || now.newest !== before.newest) return `there were ${counted}`
  const changes = BigInt(now.changes) - BigInt(before.changes)
  if (now.reset !== before.reset || changes < 0n)
    return `${counted}; whether they were written since cannot be told, since the statistics were reset`
  return changes === 0n
    ? `${counted}, and no write to them was counted since`
    : `${counted}; ${changes} writes to them were counted since`
}

function dotted(table: TableName | undefined): string {
  return table === undefined ? '' : `${table.schema}.${table.table}`
}
