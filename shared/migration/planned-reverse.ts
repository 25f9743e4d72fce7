import type { Migration } from './schema.ts'

/** A login of the way back, as a reviewer approves it. */
interface ReverseLogin {
  readonly secret: string
  readonly executeTimeoutMs: number
  readonly afterConnect: string | null
}

/** Who carries rows back after a cutover: its login on the source writes there, that on the target reads there. */
export interface PlannedReverse {
  readonly source: ReverseLogin
  readonly target: ReverseLogin
}

/** What the plan says of it; null where a cutover is for good. Pure. */
export function plannedReverse({ dms, cutover }: Migration): PlannedReverse | null {
  if (!cutover['fall-back'] || dms.reverse === undefined) return null
  return { source: planned(dms.reverse.source), target: planned(dms.reverse.target) }
}

function planned(login: NonNullable<Migration['dms']['reverse']>['source']): ReverseLogin {
  return {
    secret: login.secret,
    executeTimeoutMs: login['execute-timeout'],
    afterConnect: login['after-connect'] ?? null,
  }
}
