import { compareRows, defaultLimits } from '../../shared/comparison/comparison.ts'
import type {
  ComparisonProgress,
  FinishedPart,
  ResumePort,
  TableComparison,
} from '../../shared/comparison/comparison.ts'
import { readComparedParts, saveComparedPart } from '../../shared/control/comparison-store.ts'
import { awaitMarkers, writeMarkers } from '../../shared/control/markers.ts'
import { workflowRun } from '../../shared/github/run.ts'
import type { Session } from '../../shared/postgres/session.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'
import type { ChosenTables } from './choose-tables.ts'
import type { inputs as schema } from './inputs.ts'
import { comparedSide, type Sides } from './sides.ts'

/** The rows compared to their end, or how far they came. */
export type RowsSeen =
  | { readonly kind: 'done'; readonly tables: readonly TableComparison[] }
  | { readonly kind: 'still-running'; readonly progress: ComparisonProgress | undefined }

/** A marker takes milliseconds to seconds; where DMS has stopped none arrives, and nobody waits for hours. */
const markerDeadlineMs = 600_000
/** Node's timers fire at once beyond this. */
const longestTimerMs = 2_147_483_647

/**
 * Compares the rows of the chosen tables. `comparison`: id under which finished parts are kept; undefined keeps nothing.
 * Ends after `leftMs`: well, unless it found a difference by then. Throws `cancelled` with what is kept.
 */
export async function compareChosen(
  sides: Sides,
  chosen: ChosenTables,
  comparison: string | undefined,
  leftMs: number,
  inputs: InputsOf<typeof schema>,
  context: ActionContext,
): Promise<RowsSeen> {
  const { clock, log } = context
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), Math.min(Math.max(1, leftMs), longestTimerMs))
  const signal = AbortSignal.any([context.signal, deadline.signal])
  let progress: ComparisonProgress | undefined
  let seen: readonly TableComparison[] = []
  const maxLoad = Number(inputs['max-load'])
  try {
    const tables = await compareRows({
      source: comparedSide(sides.logins.source, 'source', signal),
      target: comparedSide(sides.logins.target, 'target', signal),
      tables: chosen.compared,
      settle: settling(sides, inputs['settle-time'], { ...context, signal }),
      limits: {
        ...defaultLimits,
        maxConnections: Number(inputs['max-connections']),
        maxLoad: maxLoad === 0 ? undefined : maxLoad,
      },
      masked: inputs.mask,
      ...(comparison === undefined
        ? {}
        : { resume: keeper(sides.source, comparison, sides.plan?.cutover.evidenceAgeMs ?? 0) }),
      onProgress: (now) => {
        progress = now
      },
      onCancelled: (tables) => {
        seen = tables
      },
      clock,
      signal,
      log,
    })
    return { kind: 'done', tables }
  } catch (error) {
    if (!isCancelled(error)) throw error
    if (!context.signal.aborted) {
      // A difference stays one, whatever the rest holds. Gone on with, its table would be read from there again, each time.
      const isProven = seen.some(({ differencesFound }) => differencesFound > 0)
      return isProven ? { kind: 'done', tables: seen } : { kind: 'still-running', progress }
    }
    throw new MigrationError('cancelled', `the comparison was cancelled${farSoFar(progress)}`, {
      remedy:
        comparison === undefined
          ? 'Run it again; it begins anew.'
          : 'Run it again; what was found equal is kept, and it goes on from there.',
      cause: error,
    })
  } finally {
    clearTimeout(timer)
  }
}

/** `: 12 of 40 tables done, 3 differences so far`; empty where nothing was seen yet. Pure. */
export function farSoFar(progress: ComparisonProgress | undefined): string {
  if (progress === undefined) return ''
  const { tables, differences } = progress
  const found = differences === 0 ? 'no difference so far' : `${differences} differences so far`
  return `: ${tables.done} of ${tables.all} tables done, ${found}`
}

/** Markers through every task prove that a change has had its time; without tasks of ours only time stands for it. */
function settling(sides: Sides, settleMs: number, context: ActionContext): () => Promise<void> {
  const { clock, signal } = context
  const { plan, source, target } = sides
  if (plan === undefined) return () => clock.sleep(settleMs, signal)
  const tables = plan.tasks.map(({ markerTable }) => markerTable.table)
  const { runId } = workflowRun()
  return async () => {
    const { id } = await writeMarkers(source, tables, 'verify-data', runId)
    await awaitMarkers(target, tables, id, { clock, signal, deadlineMs: markerDeadlineMs })
  }
}

function keeper(source: Session, comparison: string, maxAgeMs: number): ResumePort {
  return {
    load: () => readComparedParts<FinishedPart>(source, comparison),
    save: (part) => saveComparedPart(source, comparison, part),
    maxAgeMs,
  }
}

function isCancelled(error: unknown): boolean {
  return error instanceof MigrationError && error.code === 'cancelled'
}
