/** What is known of a table before it is measured. */
export interface LobTableSize {
  readonly pages: number
  /** With TOAST. */
  readonly bytes: number
}

/** Of a first look: enough for a lower bound that spares most values, few enough not to be felt. */
const firstLookPages = 200
const fewestPages = 10
const pageBytes = 8192

/**
 * Per cent of the pages for a first look, or undefined where the table is so small that looking twice is dearer than
 * looking at everything once. What is in TOAST counts: fewer pages are looked at where each leads to much.
 */
export function firstLookPercent({ pages, bytes }: LobTableSize): number | undefined {
  const whole = Math.max(pages, bytes / pageBytes)
  if (whole < 4 * firstLookPages || pages < 4 * fewestPages) return undefined
  return (100 * Math.max((firstLookPages * pages) / whole, fewestPages)) / pages
}

/** What to do with a table of which a sample is there and time runs. */
export type NextLook =
  | { readonly kind: 'scan' }
  /** A larger sample. */
  | { readonly kind: 'sample'; readonly percent: number }
  | { readonly kind: 'leave' }

/**
 * A scan where it fits into what is left, by the time that the sample took; otherwise as many pages as this table's share
 * of the time allows, if that is worth it. `tablesLeft` counts this one; `sessions` work at the same time. Pure.
 */
export function nextLook(table: {
  readonly sampledPercent: number
  readonly sampledMs: number
  readonly leftMs: number
  readonly tablesLeft: number
  readonly sessions: number
}): NextLook {
  const { sampledPercent, sampledMs, leftMs, tablesLeft, sessions } = table
  const wholeMs = (sampledMs * 100) / sampledPercent
  if (wholeMs <= leftMs) return { kind: 'scan' }
  const shareMs = leftMs * Math.min(1, sessions / tablesLeft)
  // Four fifths: a sample that does not end in time is worth nothing.
  const percent = (80 * shareMs) / wholeMs
  return percent >= 2 * sampledPercent ? { kind: 'sample', percent } : { kind: 'leave' }
}
