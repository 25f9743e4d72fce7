import {
  beginComparison,
  demandComparisonTables,
  finishComparison,
  type BegunComparison,
} from '../../shared/control/comparison-store.ts'
import { judgeUncarried } from '../../shared/control/judge-uncarried.ts'
import { hasDoubts, noteDoubts, readUncarried } from '../../shared/control/uncarried.ts'
import { workflowRun } from '../../shared/github/run.ts'
import { plannedTables } from '../../shared/migration/plan-schemas.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { TablePatterns } from '../../shared/migration/table-patterns.ts'
import { reverseSecret } from '../../shared/databases/open-database.ts'
import { compareObjectParity } from '../../shared/parity/read-parity.ts'
import { readCatalogue, type Catalogue } from '../../shared/postgres/catalogue.ts'
import { sqlState, type Session } from '../../shared/postgres/session.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import { takeRunLock } from '../../shared/waiting/run-lock.ts'
import { acceptObjects, assess, keptResult, type ObjectsSeen } from './assess.ts'
import { chooseTables, type ChosenTables } from './choose-tables.ts'
import { compareChosen } from './compare.ts'
import type { inputs as schema } from './inputs.ts'
import { plannedReport, report, stillRunningReport } from './report.ts'
import { withSides, type Sides } from './sides.ts'

type Inputs = InputsOf<typeof schema>

/**
 * Compares rows and objects of both sides. With a plan, what was found is kept on the source, and a run that was ended is
 * gone on with. Loaded when the inputs are right: clients take longer to load than a file to check.
 */
export async function perform(
  migration: Migration | undefined,
  inputs: Inputs,
  context: ActionContext,
): Promise<Outcome> {
  const { log, signal, clock } = context
  const endsAt = clock.elapsed() + inputs['max-wait']
  return withSides(migration, inputs, signal, async (sides) => {
    const chosen = await readChosen(sides, migration, inputs)
    const proof = sides.plan === undefined ? { settleMs: inputs['settle-time'] } : ('markers' as const)
    if (inputs['dry-run']) {
      for (const { source, key } of chosen.compared)
        log.line(
          `would compare ${source.schema}.${source.table} ${key === undefined ? 'as a multiset of rows' : `by ${key.join(', ')}`}`,
        )
      return plannedReport(chosen, { proof, objects: inputs.objects })
    }
    if (!(await isOurTurn(sides, endsAt, context))) {
      const reason = 'another run of verify-data is at work on this migration'
      const objects = { kind: 'unknown', reason } as const
      const facts = { comparison: undefined, proof, masked: inputs.mask, objects, left: chosen.left }
      return stillRunningReport(undefined, facts, reason)
    }
    const begun = await begin(sides, inputs, context)
    const { objects, idle } = await seeObjects(sides, migration, inputs.objects)
    for (const object of idle)
      log.warn(`verify.accept-objects: nothing differs that is called ${object}; take it out of the file`)
    const rows = await log.group('Rows', () =>
      compareChosen(sides, chosen, begun?.id, endsAt - clock.elapsed(), inputs, context),
    )
    const facts = { comparison: begun, proof, masked: inputs.mask, objects, left: chosen.left }
    if (rows.kind === 'still-running') return stillRunningReport(rows.progress, facts)
    const seen = { tables: rows.tables, left: chosen.left, objects }
    const assessment = assess(seen)
    if (begun !== undefined)
      await finishComparison(sides.source, begun.id, assessment.state, keptResult(seen))
    return report({ ...facts, tables: rows.tables, assessment })
  })
}

async function readChosen(
  { source, target, plan }: Sides,
  migration: Migration | undefined,
  inputs: Inputs,
): Promise<ChosenTables> {
  const patterns = migration?.tables ?? { include: ['%.%'], exclude: [] }
  const [ours, theirs] = await Promise.all([readUnlocked(source, patterns), readUnlocked(target, patterns)])
  return chooseTables(ours, theirs, {
    planned: plan === undefined ? undefined : plannedTables(plan),
    patterns: inputs.tables,
    exclude: migration?.verify.exclude ?? [],
  })
}

async function readUnlocked(session: Session, tables: TablePatterns): Promise<Catalogue> {
  try {
    return await readCatalogue(session, { tables })
  } catch (cause) {
    if (sqlState(cause) !== '55P03') throw cause
    throw new MigrationError(
      'precondition',
      `a table of the ${session.label} is locked against every reader`,
      {
        remedy:
          'Somebody changes it (ALTER TABLE, TRUNCATE, VACUUM FULL): let that end, or look for who holds AccessExclusiveLock in pg_locks, then run again.',
        cause,
      },
    )
  }
}

/** One run at a time works on a comparison. False where another one still did at `endsAt`, by the clock's elapsed time. */
async function isOurTurn({ source, plan }: Sides, endsAt: number, context: ActionContext): Promise<boolean> {
  if (plan === undefined) return true
  await demandComparisonTables(source)
  try {
    const leftMs = endsAt - context.clock.elapsed()
    await takeRunLock(source, plan.migration, 'verify-data', context, leftMs)
    return true
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'timeout') return false
    throw error
  }
}

/** Goes on with the comparison that another run left, or begins one. */
async function begin(
  { source, plan }: Sides,
  inputs: Inputs,
  context: ActionContext,
): Promise<BegunComparison | undefined> {
  if (plan === undefined) return undefined
  // Before it begins: what this comparison finds equal then settles all that is in doubt by now.
  if (await hasDoubts(source)) {
    const { doubts } = judgeUncarried(await readUncarried(source, plan), plan, new Map())
    await noteDoubts(source, plan.migration, doubts)
  }
  const { runId, attempt } = workflowRun()
  const begun = await beginComparison(
    source,
    {
      migration: plan.migration,
      planDigest: inputs['plan-digest'] ?? '',
      asked: { tables: [...inputs.tables].sort(), objects: inputs.objects },
      runId,
      attempt,
    },
    plan.cutover.evidenceAgeMs,
  )
  context.log.line(`comparison ${begun.id}${begun.resumed ? ', begun by another run and gone on with' : ''}`)
  return begun
}

/** A login that may not look into a catalogue leaves the objects unverified; the rows can be compared all the same. */
async function seeObjects(
  { source, target, plan }: Sides,
  migration: Migration | undefined,
  asked: boolean,
): Promise<{ objects: ObjectsSeen; idle: readonly string[] }> {
  if (!asked) return { objects: { kind: 'not-asked' }, idle: [] }
  try {
    const { parity, idle } = acceptObjects(
      await compareObjectParity(source, target, plan, await reverseUsers(migration)),
      migration?.verify['accept-objects'] ?? [],
    )
    return { objects: { kind: 'compared', parity }, idle }
  } catch (error) {
    if (error instanceof MigrationError || sqlState(error) === undefined || !(error instanceof Error))
      throw error
    return { objects: { kind: 'unknown', reason: error.message }, idle: [] }
  }
}

/** Logins of the way back: each has rights on one side only, and none in the application. */
async function reverseUsers(migration: Migration | undefined): Promise<string[]> {
  if (migration?.dms.reverse === undefined) return []
  const logins = await Promise.all([reverseSecret(migration, 'source'), reverseSecret(migration, 'target')])
  return logins.map(({ username }) => username)
}
