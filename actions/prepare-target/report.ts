import { details, table } from '../../shared/report/markdown.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'
import type { Preparation } from '../../shared/target/prepare.ts'

/** What was prepared, as outputs and summary; `copied`: what was done to make the target, a line each. Pure. */
export function report({ state, digest, changes, ended }: Preparation, copied: readonly string[]): Outcome {
  const planned = state === 'planned'
  const all = changes.length + copied.length
  const count = `${all} ${all === 1 ? 'change' : 'changes'}`
  const headline = planned
    ? `would make ${count}; nothing was changed`
    : all === 0
      ? 'both sides were prepared already; nothing was changed'
      : `both sides are prepared (${count}); the target is closed to everyone but DMS`
  const summary = [
    `## ${planned ? 'ℹ️' : '✅'} prepare-target: ${headline}`,
    changes.length === 0
      ? 'Every change was found made.'
      : table(
          ['where', planned ? 'what would be changed' : 'what was changed', 'undone'],
          changes.map(({ side, title, undo }) => [side, title, undo]),
        ),
    ...(copied.length === 0 ? [] : ['### The target itself', copied.map((line) => `- ${line}`).join('\n')]),
    ...(ended === 0
      ? []
      : [
          `${ended} ${ended === 1 ? 'session' : 'sessions'} of others ${ended === 1 ? 'was' : 'were'} ended on the target.`,
        ]),
    ...(changes.length === 0
      ? []
      : [
          details(
            'SQL and commands',
            changes
              .map(
                ({ side, title, commands, statements }) =>
                  `    -- ${side}: ${title}\n${indented(commands ?? [], '')}${indented(statements, ';')}`,
              )
              .join('\n'),
          ),
        ]),
    `**Plan digest:** \`${digest}\``,
    `**Next:** ${planned ? 'run without `dry-run`.' : 'create-task.'}`,
  ]
  return {
    headline,
    outputs: {
      state,
      'plan-digest': digest,
      result: JSON.stringify({
        state,
        changes: changes.map(({ side, title, undo }) => ({ side, title, undo })),
        sessionsEnded: ended,
      }),
    },
    summary: `${summary.join('\n\n')}\n`,
  }
}

/** As an indented code block, which no text inside can end. */
function indented(texts: readonly string[], end: string): string {
  return texts
    .flatMap((text) => `${text}${end}`.split('\n'))
    .slice(0, 300)
    .map((line) => `    ${line}\n`)
    .join('')
}
