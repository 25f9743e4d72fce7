import type { Plan } from '../../shared/migration/plan.ts'
import { mermaid } from '../../shared/report/markdown.ts'

/** A diagram with more boxes is no picture any more. */
const mostTasks = 12

/**
 * The migration as a picture: source, tasks, target, the applications before and after the switch, the fence, and the
 * way back. `labels`: what each task carries, in the order of the tasks. Pure.
 */
export function planDiagram(plan: Plan, labels: readonly string[]): string {
  const { cutover, tasks, load } = plan
  const applications = cutover.applicationRoles.join(', ')
  const drawn = tasks.length > mostTasks ? tasks.slice(0, mostTasks - 1) : tasks
  const lines = [
    'flowchart LR',
    `  applications(["${escape(`applications (${applications})`)}"])`,
    '  source[("source")]',
    '  target[("target<br>closed until it opens")]',
    ...drawn.flatMap(({ identifier }, n) => [
      `  task${n + 1}["${escape(identifier)}<br>${escape(labels[n] ?? '')}"]`,
      `  source --> task${n + 1} --> target`,
    ]),
    ...(tasks.length > drawn.length
      ? [`  more["${tasks.length - drawn.length} more tasks"]`, '  source --> more --> target']
      : []),
    ...(load.by === 'dms' ? [] : [`  source -- "${loadWords[load.by]}" --> target`]),
    `  applications -- "until the cutover" --> fence{{"fence: ${cutover.fence}<br>at most ${cutover.freezeBudgetMs / 1000} s"}} --> source`,
    '  applications -. "after the switch" .-> target',
    ...(cutover.fallBack
      ? ['  target -. "way back: reverse tasks, from the cutover until cleanup" .-> source']
      : []),
  ]
  return mermaid(lines.join('\n'))
}

const loadWords = {
  'aurora-clone': 'rows: Aurora clone',
  snapshot: 'rows: snapshot',
  existing: 'rows: there already',
} as const

/** Inside the quotes of a label Mermaid ends at a quote and reads HTML; backticks would make it Markdown. */
function escape(text: string): string {
  return text
    .replaceAll('#', '#35;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('`', '#96;')
    .replaceAll(/\s+/gu, ' ')
}
