import { wantedLine } from '../github/comment-gate.ts'
import type { Plan } from '../migration/plan.ts'

/** What the reviewer of a cutover has to do, in one sentence of Markdown. Pure. */
export function howToApprove({ approval, environment }: Plan['cutover'], planDigest: string): string {
  if (approval === null) return `approve the job that waits in the environment ${environment}`
  const { issue, approvers } = approval
  const place = `issue ${issue.number}${issue.repository === null ? '' : ` of ${issue.repository}`}`
  return `one of ${approvers.join(', ')} comments on ${place}: \`${wantedLine({ job: 'cutover', planDigest })}\`; then somebody else starts the cutover`
}

/** When the cutover may begin, in words; undefined where that is always. Pure. */
export function windowText({ window }: Pick<Plan['cutover'], 'window'>): string | undefined {
  if (window === null) return undefined
  const { 'not-before': after, 'not-after': before, daily, zone } = window
  return [
    ...(after === undefined ? [] : [`not before ${after}`]),
    ...(before === undefined ? [] : [`not after ${before}`]),
    ...(daily === undefined ? [] : [`between ${daily.replace('-', ' and ')} ${zone ?? ''}`]),
  ].join(', ')
}
