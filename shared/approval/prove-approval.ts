import { judgeCommentGate, type UsedComment } from '../github/comment-gate.ts'
import { judgeGate, startedBy, type ApprovedJob, type Begun, type RunFacts } from '../github/gate.ts'
import { identityClaims } from '../github/identity-token.ts'
import { readApprovalComments } from '../github/read-approval-comments.ts'
import { readApproval, readStarters } from '../github/read-approval.ts'
import type { WorkflowRun } from '../github/run.ts'
import type { CommentApproval } from '../migration/approval-schema.ts'
import type { Plan } from '../migration/plan.ts'
import { refuseProblems } from '../runtime/errors.ts'
import { jobIdentityToken } from '../runtime/job-identity.ts'
import type { Approval } from './approval.ts'

/** What is to be approved, and by what policy. */
export interface ApprovalRequest {
  readonly job: ApprovedJob
  readonly token: string
  readonly run: WorkflowRun
  readonly planDigest: string
  readonly policy: Pick<Plan['cutover'], 'environment' | 'approval' | 'evidenceAgeMs'>
  /** Age of the evidence by the source's clock: a comment must be younger. Undefined where there is none. */
  readonly evidenceAgeMs: number | undefined
  /** What the journal says that this very run has begun. */
  readonly begun: Begun
  /** Comments that runs have begun with, from the journal. */
  readonly usedComments: readonly UsedComment[]
  readonly signal: AbortSignal
}

/**
 * Proves that somebody else let this job through: its own identity token first, then GitHub's answers, judged together; by
 * the environment's reviewers, or by a comment where the plan says so. Throws `refused` with every reason, `precondition`
 * where something cannot be read. Touches nothing.
 */
export async function proveApproval(request: ApprovalRequest): Promise<Approval> {
  const claims = identityClaims(await jobIdentityToken())
  const { run, policy } = request
  const facts = {
    job: request.job,
    planDigest: request.planDigest,
    claims,
    repository: run.repository,
    runId: run.runId,
    attempt: run.attempt,
    begun: request.begun,
  }
  if (policy.approval !== null) return byComment(request, facts, policy.approval)
  const answers = await readApproval(request.token, { ...run, environment: policy.environment })
  const verdict = judgeGate({ ...facts, ...answers, demanded: policy.environment })
  refuseProblems('refused', verdict.problems)
  return {
    how: 'environment',
    by: verdict.approvedBy,
    startedBy: startedBy({ ...facts, ...answers }),
    environment: policy.environment,
    comment: null,
  }
}

async function byComment(
  request: ApprovalRequest,
  facts: Omit<RunFacts, 'actor' | 'triggeringActor'>,
  { issue, approvers }: CommentApproval,
): Promise<Approval> {
  const repository = issue.repository ?? request.run.repository
  const starters = await readStarters(request.token, request.run)
  const read = await readApprovalComments(request.token, {
    repository,
    issue: issue.number,
    approvers,
    signal: request.signal,
  })
  const verdict = judgeCommentGate({
    ...facts,
    ...starters,
    place: `issue ${issue.number} of ${repository}`,
    comments: read.comments,
    approvers: read.approvers,
    unreadTeams: read.unreadTeams,
    named: approvers,
    evidenceAgeMs: request.evidenceAgeMs,
    mostAgeMs: request.policy.evidenceAgeMs,
    used: request.usedComments,
  })
  refuseProblems('refused', verdict.problems)
  return {
    how: 'comment',
    by: verdict.approvedBy,
    startedBy: startedBy({ ...facts, ...starters }),
    environment: null,
    comment:
      verdict.comment === undefined
        ? null
        : { id: verdict.comment.id, repository, issue: issue.number, at: verdict.comment.createdAt },
  }
}
