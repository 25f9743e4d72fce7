import type { ResultRow } from './results.ts'

const width = 60

/**
 * Both sides of a bench as two lines of dots over one scale that starts at 0: every run is a dot (`2` to `9` where
 * several fall on one place), the median a bar.
 */
export function plot(name: string, row: ResultRow): string {
  const most = Math.max(...row.runs.flatMap((pair) => [pair.ours, pair.reference]))
  const place = (value: number) => Math.round((value / most) * (width - 1))
  const line = (label: string, values: readonly number[], middle: number) => {
    const counts = Array.from<number>({ length: width }).fill(0)
    for (const value of values) counts[place(value)] = (counts[place(value)] ?? 0) + 1
    const dots = counts.map((count) => (count === 0 ? ' ' : count === 1 ? '·' : String(Math.min(count, 9))))
    dots[place(middle)] = '|'
    return `  ${label.padEnd(9)} ${dots.join('')} ${middle} ${row.unit}`
  }
  const verdict = row.target === null ? '' : `, target ${row.target}: ${row.met ? 'met' : 'MISSED'}`
  return [
    `${name}: ratio ${row.ratio}${verdict} (${row.runs.length} pairs)`,
    line(
      'ours',
      row.runs.map((pair) => pair.ours),
      row.ours,
    ),
    line(
      'reference',
      row.runs.map((pair) => pair.reference),
      row.reference,
    ),
    `  ${''.padEnd(9)} 0${`${most} ${row.unit}`.padStart(width - 1)}`,
    ...(row.note === undefined ? [] : [`  ${row.note}`]),
  ].join('\n')
}
