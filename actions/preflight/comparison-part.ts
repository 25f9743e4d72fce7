import { planDigest } from '../../shared/migration/digest.ts'
import { planDifferences } from '../../shared/migration/plan-difference.ts'
import type { Plan } from '../../shared/migration/plan.ts'

/** A plan that the source keeps, to compare with; `plan` is undefined where none is kept. */
export interface ComparedWith {
  readonly asked: string
  readonly plan: Plan | undefined
}

/** Of more lines than these the reader learns nothing new; their number is said. */
const mostLines = 100

/** The differences for the JSON output: digest, the first lines, and how many more there are. Pure. */
export function comparisonResult({ plan: kept }: ComparedWith, now: Plan): Record<string, unknown> {
  if (kept === undefined) return { with: null, differences: [], more: 0 }
  const lines = planDifferences(kept, now)
  return {
    with: planDigest(kept),
    differences: lines.slice(0, mostLines),
    more: Math.max(0, lines.length - mostLines),
  }
}

/** The differences for the summary. Pure. */
export function comparisonPart({ asked, plan: kept }: ComparedWith, now: Plan): string[] {
  if (kept === undefined)
    return ['### Compared with the last plan', 'The source keeps no plan of this migration yet.']
  const digest = planDigest(kept)
  const lines = planDifferences(kept, now)
  const shown = lines.slice(0, mostLines).map((line) => `- ${line.replaceAll('<', '&lt;')}`)
  if (lines.length > mostLines) shown.push(`- … and ${lines.length - mostLines} more`)
  return [
    `### Compared with ${asked === 'latest' ? 'the last plan' : 'the plan'} \`${digest.slice(0, 12)}\``,
    lines.length === 0 ? 'Nothing differs: the digest is the same.' : shown.join('\n'),
  ]
}
