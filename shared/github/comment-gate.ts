import type { Problem } from '../runtime/errors.ts'
import { judgeRun, startedBy, type ApprovedJob, type RunFacts } from './gate.ts'

/** One comment of the issue that the plan names, as GET /repos/{owner}/{repo}/issues/{number}/comments gives it. */
export interface CommentFacts {
  readonly id: number
  readonly user: string
  /** `User`, `Bot` or `Organization`. */
  readonly userType: string
  /** `OWNER`, `MEMBER`, `COLLABORATOR`, or what may not approve. */
  readonly association: string
  readonly body: string
  /** ISO 8601, by GitHub's clock. */
  readonly createdAt: string
  /** By GitHub's own clock: the time of its answer less that of the comment. */
  readonly ageMs: number
  /** `updated_at` is not `created_at`. */
  readonly edited: boolean
}

/** A comment that an earlier run began with. */
export interface UsedComment {
  readonly id: number
  readonly runId: string
}

export interface CommentGateFacts extends RunFacts {
  /** How the issue is called in messages: `issue 12 of acme/shop`. */
  readonly place: string
  readonly comments: readonly CommentFacts[]
  /** Logins of the file, and of the commenters those who belong to one of its teams. */
  readonly approvers: readonly string[]
  /** Logins and teams as the file names them. */
  readonly named: readonly string[]
  /** Of those, teams that the token may not read. */
  readonly unreadTeams: readonly string[]
  /** Age of the evidence by the source's clock; undefined where none is judged. */
  readonly evidenceAgeMs: number | undefined
  /** How old an approval may be. */
  readonly mostAgeMs: number
  readonly used: readonly UsedComment[]
}

export interface CommentVerdict {
  readonly problems: readonly Problem[]
  readonly approvedBy: readonly string[]
  /** The one that approves. */
  readonly comment: CommentFacts | undefined
}

/** The fewest characters of a digest that name a plan. */
const leastDigest = 12

/** Times of an answer are whole seconds, cut off: an age is known to a second only. */
const clockStepMs = 1000

/** Of comments that do not count, so many are told about. */
const mostTold = 10

/**
 * What a comment says: its first line alone counts, so that a quoted one, or the instructions that somebody copied, approve
 * nothing. Undefined where it is no such line. Pure.
 */
export function spokenApproval(
  body: string,
): { readonly word: 'approve' | 'reject'; readonly job: ApprovedJob; readonly digest: string } | undefined {
  const line = body.trimStart().split(/\r?\n/u, 1)[0]?.trim() ?? ''
  const found = /^`?(approve|reject) +(cutover|fall-back) +([0-9a-f]{12,64})`?$/iu.exec(line)
  if (found === null) return undefined
  const [, word = '', job = '', digest = ''] = found.map((part) => part.toLowerCase())
  return {
    word: word === 'reject' ? 'reject' : 'approve',
    job: job === 'fall-back' ? 'fall-back' : 'cutover',
    digest,
  }
}

/** What somebody has to write. Pure. */
export function wantedLine({ job, planDigest }: Pick<RunFacts, 'job' | 'planDigest'>): string {
  return `approve ${job} ${planDigest.slice(0, leastDigest)}`
}

/**
 * Did somebody who may, and who did not start this run, approve this very plan by a comment, after the evidence was there?
 * Pure: answers of GitHub and the journal in, problems out, each with the reason why what was found does not count.
 */
export function judgeCommentGate(facts: CommentGateFacts): CommentVerdict {
  const problems: Problem[] = []
  const refuse = (message: string, remedy: string) => problems.push({ field: 'approval', message, remedy })
  const write = `Somebody of ${facts.named.join(', ')} who did not start this run comments on ${facts.place}: \`${wantedLine(facts)}\``
  // Newest first: the last word of each counts.
  const spoken = facts.comments
    .flatMap((comment) => {
      const said = spokenApproval(comment.body)
      return said === undefined ? [] : [{ comment, said }]
    })
    .toSorted((a, b) => a.comment.ageMs - b.comment.ageMs || b.comment.id - a.comment.id)
  const judged = spoken.map(({ comment, said }) => ({ comment, said, why: whyNot(comment, said, facts) }))
  const valid = judged.filter(({ why }) => why === undefined)
  const last = new Map<string, (typeof valid)[number]>()
  for (const one of valid) {
    const login = one.comment.user.toLowerCase()
    if (!last.has(login)) last.set(login, one)
  }
  const words = [...last.values()]
  const approving = words.filter(({ said }) => said.word === 'approve')
  for (const { comment } of words.filter(({ said }) => said.word === 'reject'))
    refuse(
      `${comment.user} rejected this ${facts.job} on ${facts.place}`,
      'Settle the reasons. A later `approve` of the same person takes the rejection back.',
    )
  if (approving.length === 0) {
    const told = judged
      .filter(({ why, said }) => why !== undefined && said.word === 'approve')
      .slice(0, mostTold)
    if (told.length === 0) refuse(`nobody approved this ${facts.job} on ${facts.place}`, `${write}.`)
    for (const { comment, why = '' } of told)
      refuse(`the approval of ${comment.user} on ${facts.place} does not count: ${why}`, `${write}.`)
  }
  problems.push(...judgeRun(facts))
  return {
    problems,
    approvedBy: approving.map(({ comment }) => comment.user),
    comment: approving[0]?.comment,
  }
}

/** Why a comment is none that approves, or rejects, this; undefined where it is one. */
function whyNot(
  comment: CommentFacts,
  said: { readonly job: ApprovedJob; readonly digest: string },
  facts: CommentGateFacts,
): string | undefined {
  const login = comment.user.toLowerCase()
  if (said.job !== facts.job) return `it is for a ${said.job}, this is a ${facts.job}`
  if (!facts.planDigest.startsWith(said.digest))
    return `it names another plan, ${said.digest.slice(0, leastDigest)}`
  if (comment.userType !== 'User') return 'it was written by a program'
  if (!facts.approvers.some((approver) => approver.toLowerCase() === login))
    return facts.unreadTeams.length === 0
      ? 'cutover.approval does not name its author'
      : `cutover.approval does not name its author, and the token may not read ${facts.unreadTeams.join(', ')} (a job’s own never may: pass one of a GitHub App with \`members: read\`, or name people)`
  if (!['OWNER', 'MEMBER', 'COLLABORATOR'].includes(comment.association))
    return `its author is no member or collaborator here (${comment.association})`
  if (startedBy(facts).includes(login)) return 'its author started this run'
  if (comment.edited) return 'it was edited afterwards'
  // What is past its commit point is finished however long that takes: until the target is open nobody can write.
  if (facts.begun === 'to-finish') return undefined
  const other = facts.used.find(({ id, runId }) => id === comment.id && runId !== facts.runId)
  if (other !== undefined) return `run ${other.runId} has begun with it already`
  if (facts.evidenceAgeMs !== undefined && comment.ageMs + clockStepMs > facts.evidenceAgeMs)
    return 'it is older than the evidence'
  if (comment.ageMs > facts.mostAgeMs)
    return `it is ${minutes(comment.ageMs)} old, the policy allows ${minutes(facts.mostAgeMs)}`
  return undefined
}

function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}
