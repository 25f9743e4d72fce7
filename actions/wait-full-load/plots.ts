import { mermaid } from '../../shared/report/markdown.ts'
import { migratedTables, type TaskSight } from '../../shared/waiting/task-sight.ts'
import type { Progress } from './progress.ts'

/** More points than a reader can tell apart make a plot slow to draw. */
const mostPoints = 30
const mostTables = 20

/** Rows over time, and the rate at which they came, as Mermaid plots; empty where there is nothing to see. */
export function progressPlots(samples: readonly Progress[]): string {
  const last = samples.at(-1)
  if (samples.length < 3 || last === undefined || last.rows === 0) return ''
  const points = thinned(samples)
  const offset = last.loadMs - last.elapsedMs
  const [unit, unitMs] = last.loadMs < 600_000 ? (['seconds', 1000] as const) : (['minutes', 60_000] as const)
  const at = (elapsedMs: number) => ((elapsedMs + offset) / unitMs).toFixed(1)
  const axis = `  x-axis "${unit} since the load began" ${at(points[0]?.elapsedMs ?? 0)} --> ${at(last.elapsedMs)}`
  const rates = points.slice(1).map((point, index) => {
    const before = points[index] ?? point
    const seconds = (point.elapsedMs - before.elapsedMs) / 1000
    return seconds <= 0 ? 0 : Math.max(0, Math.round((point.rows - before.rows) / seconds))
  })
  return [
    chart(
      'Rows loaded',
      axis,
      '"rows"',
      points.map(({ rows }) => rows),
    ),
    ...(Math.max(...rates) > 0 ? [chart('Rows a second', axis, '"rows/s"', rates)] : []),
  ].join('\n\n')
}

function chart(title: string, axis: string, unit: string, values: readonly number[]): string {
  return mermaid(
    [
      'xychart-beta',
      `  title "${title}"`,
      axis,
      `  y-axis ${unit} 0 --> ${Math.max(1, ...values)}`,
      `  line [${values.join(', ')}]`,
    ].join('\n'),
  )
}

/** At most 30 looks, evenly in time, the last one among them: looks come close together while things change. */
function thinned(samples: readonly Progress[]): Progress[] {
  if (samples.length <= mostPoints) return [...samples]
  const first = samples[0]?.elapsedMs ?? 0
  const last = samples.at(-1)?.elapsedMs ?? 0
  const picked: Progress[] = []
  for (const sample of samples.slice(0, -1)) {
    const due = first + (picked.length * (last - first)) / (mostPoints - 1)
    if (sample.elapsedMs >= due && picked.length < mostPoints - 1) picked.push(sample)
  }
  const end = samples.at(-1)
  return end === undefined ? picked : [...picked, end]
}

/** When the tables that took longest were loaded, as DMS says, whatever run looked on; empty where none was. */
export function loadGantt(sights: readonly TaskSight[], now: number): string {
  const spans = sights.flatMap((sight) =>
    migratedTables(sight).flatMap(({ schema, table, loadStarted, loadEnded }) =>
      loadStarted === undefined
        ? []
        : [
            {
              task: sight.task.identifier,
              name: plainName(`${schema}.${table}`),
              from: loadStarted.getTime(),
              to: Math.max(loadEnded?.getTime() ?? now, loadStarted.getTime() + 1),
              over: loadEnded !== undefined,
            },
          ],
    ),
  )
  const longest = spans.toSorted((a, b) => b.to - b.from - (a.to - a.from)).slice(0, mostTables)
  if (longest.length < 2) return ''
  const lines = [...new Set(longest.map(({ task }) => task))].flatMap((task) => [
    `  section ${plainName(task)}`,
    ...longest
      .filter((span) => span.task === task)
      .toSorted((a, b) => a.from - b.from)
      .map(({ name, from, to, over }) => `  ${name} :${over ? 'done' : 'active'}, ${from}, ${to}`),
  ])
  const title = spans.length > mostTables ? `The ${mostTables} tables that took longest` : 'Tables'
  return mermaid(
    ['gantt', `  title ${title}`, '  dateFormat x', '  axisFormat %H:%M:%S', ...lines].join('\n'),
  )
}

/** Colons, semicolons, commas and hashes mean something in a Gantt chart. */
function plainName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N} ._-]/gu, '_')
}
