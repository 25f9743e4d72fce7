import { table } from '../../shared/report/markdown.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'
import type { Finishing } from '../../shared/target/finish.ts'

/** What was finished, as outputs and summary. Pure. */
export function report({ state, changes }: Finishing): Outcome {
  const planned = state === 'planned'
  const count = `${changes.length} ${changes.length === 1 ? 'step' : 'steps'}`
  const headline = planned
    ? `would take ${count}; nothing was changed`
    : changes.length === 0
      ? 'the target was finished already; nothing was changed'
      : `the target is finished (${count})`
  const summary = [
    `## ${planned ? 'ℹ️' : '✅'} finish-target: ${headline}`,
    changes.length === 0
      ? 'Every step was found done.'
      : table(
          ['where', planned ? 'what would be done' : 'what was done'],
          changes.map(({ side, title }) => [side, title]),
        ),
    `**Next:** ${planned ? 'run without `dry-run`.' : 'wait-cdc-sync.'}`,
  ]
  return {
    headline,
    outputs: {
      state,
      result: JSON.stringify({ state, changes: changes.map(({ side, title }) => ({ side, title })) }),
    },
    summary: `${summary.join('\n\n')}\n`,
  }
}
