import type { Cleaned } from '../../shared/cleanup/cleanup-step.ts'
import type { CleanupPlan } from '../../shared/cleanup/cleanup.ts'
import type { CleanupWork } from '../../shared/cleanup/work.ts'
import { details, table } from '../../shared/report/markdown.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'

/** What is reported of a cleanup. */
export interface CleanupOutcome {
  readonly work: Pick<CleanupWork, 'when' | 'stage' | 'databases'>
  readonly plan: CleanupPlan
  /** The target was, or would be, given back. */
  readonly lifts: boolean
  /** Undefined in a dry run. */
  readonly cleaned: Cleaned | undefined
}

/** What was removed, what could not be, and what is left behind, as outputs and summary. Pure. */
export function report(outcome: CleanupOutcome): Outcome {
  const { work, plan, cleaned } = outcome
  const steps = plan.stages.flat()
  const left = cleaned?.left ?? []
  const state = cleaned === undefined ? 'planned' : left.length > 0 ? 'incomplete' : 'clean'
  const headline = headlineOf(state, steps.length, left.length)
  const sign = { planned: 'ℹ️', incomplete: '❌', clean: '✅' }[state]
  const summary = [
    `## ${sign} cleanup: ${headline}`,
    wayBackLine(outcome),
    ...(left.length === 0
      ? []
      : [
          '**Not removed.** Run cleanup again when that is mended; what was removed stays so.',
          table(
            ['where', 'what', 'why not', 'what to do'],
            left.map(({ where, title, reason, remedy }) => [where, title, reason, remedy]),
          ),
        ]),
    steps.length === 0
      ? 'Nothing that the migration made is left.'
      : table(
          ['where', cleaned === undefined ? 'what would be done, in this order' : 'what was done'],
          (cleaned?.done ?? steps).map(({ where, title }) => [where, title]),
        ),
    ...(plan.kept.length === 0 ? [] : [`**Kept in the databases**\n\n${lines(plan.kept)}`]),
    ...(plan.leftAlone.length === 0
      ? []
      : [`**Not this migration’s, left alone**\n\n${lines(plan.leftAlone)}`]),
    `### What is left, and what it costs\n\nPrices differ by region and change: these are the sizes that they depend on. A month has 730 hours.`,
    table(
      ['what', 'size', 'why it is left', 'how to be rid of it'],
      plan.leftBehind.map(({ what, size, why, how }) => [what, size, why, how]),
    ),
    ...journalParts(work),
    `**Next:** ${nextLine(state)}`,
  ]
  return {
    headline,
    failed: left.length > 0,
    outputs: {
      state,
      left: JSON.stringify(left),
      result: JSON.stringify({
        state,
        when: work.when,
        steps: steps.map(({ where, title, commands }) => ({ where, title, commands })),
        left,
        kept: plan.kept,
        leftAlone: plan.leftAlone,
        leftBehind: plan.leftBehind,
      }),
    },
    summary: `${summary.join('\n\n')}\n`,
  }
}

function headlineOf(state: string, steps: number, left: number): string {
  const count = `${steps} ${steps === 1 ? 'step' : 'steps'}`
  if (state === 'planned') return `would take ${count}; nothing was changed`
  if (state === 'incomplete') return `${left} of ${count} could not be done`
  return steps === 0 ? 'nothing was left to remove' : `the migration is cleaned up (${count})`
}

function wayBackLine({ work: { stage }, lifts, cleaned }: CleanupOutcome): string {
  const other = stage.live === 'target' ? 'source' : 'target'
  if (stage.fenced === undefined && stage.live === 'source')
    return stage.guarded && !lifts
      ? 'The source is the database, as it always was. **The target stays closed** to everybody but DMS and the migration’s login; `lift-guard: true` would give it back.'
      : 'The source is the database, as it always was.'
  return `**The ${stage.live} is the database, for good:** ${cleaned === undefined ? 'this would end the way back' : 'there is no way back any more'}. What is written on it does not reach the ${other}, which stays closed.`
}

function nextLine(state: string): string {
  if (state === 'planned') return 'read the list, then run without `dry-run`.'
  if (state === 'incomplete') return 'mend what is named, then run again with the same inputs.'
  return 'decide on what is left.'
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `- ${text}`).join('\n')
}

/** The newest lines of each journal, since the databases may not keep them. */
function journalParts({ databases }: CleanupOutcome['work']): string[] {
  return [databases.source, databases.target].flatMap((database) => {
    if (database === undefined || database.sight.journal.length === 0) return []
    const { side, journal } = database.sight
    return [
      details(
        `Journal of the ${side} (${journal.length} newest lines)`,
        table(
          ['at (UTC)', 'event', 'run', 'generation', 'detail'],
          journal.map(({ at, event, runId, generation, detail }) => [
            at,
            event,
            runId,
            generation,
            detail.slice(0, 300),
          ]),
        ),
      ),
    ]
  })
}
