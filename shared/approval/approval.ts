/** How a cutover or fall-back was approved: kept in the journal, in `cutover.json` and in the summary. */
export interface Approval {
  /** `nobody`: `require-approval: false`. */
  readonly how: 'environment' | 'comment' | 'nobody'
  /** Logins of who approved. */
  readonly by: readonly string[]
  /** Logins of who started the run; none of them counts as an approver. */
  readonly startedBy: readonly string[]
  /** The environment that held the job; null with a comment. */
  readonly environment: string | null
  /** The comment that approved, with its time by GitHub's clock; null with an environment. */
  readonly comment: {
    readonly id: number
    readonly repository: string
    readonly issue: number
    readonly at: string
  } | null
}

/** Nobody was asked. */
export function approvedByNobody(actor: string): Approval {
  return { how: 'nobody', by: [], startedBy: actor === '' ? [] : [actor], environment: null, comment: null }
}

/** Who approved, in words. Pure. */
export function approvalText({ how, by, environment, comment }: Approval): string {
  const people = by.join(', ')
  if (how === 'nobody') return '**nobody: `require-approval` is `false`**'
  if (how === 'environment') return `${people}, in the environment ${environment ?? ''}`
  return `${people}, by a comment on issue ${comment?.issue ?? ''} of ${comment?.repository ?? ''} (${comment?.at ?? ''})`
}
