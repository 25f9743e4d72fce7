import type { ComparisonProgress } from './comparison.ts'

/** `compare 12/40 tables  rows 1,204,993  differences 0  unsettled 3  elapsed 2m 5s`. Pure. */
export function progressLine({
  tables,
  rows,
  differences,
  unsettled,
  elapsedMs,
  paused,
}: ComparisonProgress): string {
  const parts = [
    `compare ${tables.done}/${tables.all} tables`,
    `rows ${rows.toLocaleString('en-US')}`,
    `differences ${differences.toLocaleString('en-US')}`,
    `unsettled ${unsettled.toLocaleString('en-US')}`,
    `elapsed ${elapsed(elapsedMs)}`,
    ...(paused === undefined ? [] : [`paused: ${paused}`]),
  ]
  return parts.join('  ')
}

function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  if (hours > 0) return `${hours}h ${minutes}m`
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`
}
