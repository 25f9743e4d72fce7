import * as github from '../../shared/github/read-approval.ts'
import { judgeGate } from '../../shared/github/gate.ts'
import { identityClaims } from '../../shared/github/identity-token.ts'
import type { WorkflowRun } from '../../shared/github/run.ts'
import { refuseProblems } from '../../shared/runtime/errors.ts'
import { jobIdentityToken } from '../../shared/runtime/job-identity.ts'

/**
 * Proves that this job was let through by a reviewer: its own identity token, then GitHub's answers, judged together.
 * Throws `refused` with every reason. Gives who approved.
 */
export async function approve(request: {
  readonly token: string
  readonly run: WorkflowRun
  readonly environment: string
  readonly planDigest: string
  readonly begunByThisRun: boolean
}): Promise<readonly string[]> {
  const claims = identityClaims(await jobIdentityToken())
  const answers = await github.readApproval(request.token, {
    repository: request.run.repository,
    runId: request.run.runId,
    environment: request.environment,
  })
  const verdict = judgeGate({
    ...answers,
    demanded: request.environment,
    planDigest: request.planDigest,
    claims,
    repository: request.run.repository,
    runId: request.run.runId,
    attempt: request.run.attempt,
    begunByThisRun: request.begunByThisRun,
  })
  refuseProblems('refused', verdict.problems)
  return verdict.approvedBy
}
