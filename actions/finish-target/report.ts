import { details, table } from '../../shared/report/markdown.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'
import type { Finishing } from '../../shared/target/finish.ts'
import { objectLines } from '../../shared/target/finishing-lines.ts'

/** What was finished, as outputs and summary. Pure. */
export function report({ state, changes, resumed, objects }: Finishing): Outcome {
  const planned = state === 'planned'
  const steps = changes.length + resumed.length
  const count = `${steps} ${steps === 1 ? 'step' : 'steps'}`
  const headline = planned
    ? `would take ${count}; nothing was changed`
    : steps === 0
      ? 'the target was finished already; nothing was changed'
      : `the target is finished (${count})`
  const differing = objectLines(objects)
  const summary = [
    `## ${differing.length > 0 ? '⚠️' : planned ? 'ℹ️' : '✅'} finish-target: ${headline}`,
    steps === 0
      ? 'Every step was found done.'
      : table(
          ['where', planned ? 'what would be done' : 'what was done'],
          [
            ...changes.map(({ side, title }) => [side, title]),
            ...resumed.map((task) => ['AWS', `start the task ${task} again (resume-processing)`]),
          ],
        ),
    differing.length === 0
      ? 'Every object of the migrated schemas is on both sides.'
      : `**The sides differ in ${differing.length} ${differing.length === 1 ? 'kind' : 'kinds'} of objects:**\n\n${differing.map((line) => `- ${line}`).join('\n')}`,
    details(
      'Objects on both sides',
      table(
        ['kind', 'source', 'target'],
        objects.map(({ kind, source, target }) => [kind, String(source), String(target)]),
      ),
    ),
    `**Next:** ${planned ? 'run without `dry-run`.' : 'wait-cdc-sync, which also proves the foreign keys.'}`,
  ]
  return {
    headline,
    outputs: {
      state,
      result: JSON.stringify({
        state,
        changes: changes.map(({ side, title }) => ({ side, title })),
        resumed,
        objects,
      }),
    },
    summary: `${summary.join('\n\n')}\n`,
  }
}
