import { readEvidence, readPlan } from '../../shared/control/plan-store.ts'
import { approvedByNobody } from '../../shared/approval/approval.ts'
import { proveApproval } from '../../shared/approval/prove-approval.ts'
import { auditPath } from '../../shared/cutover/keep-audit.ts'
import { carriedPlan } from '../../shared/cutover/carried-plan.ts'
import { readDecision } from '../../shared/cutover/decision.ts'
import { rehearseDry } from '../../shared/cutover/dry-run.ts'
import { begunBy, readUsedComments } from '../../shared/cutover/past-approvals.ts'
import { openPorts, readLogins } from '../../shared/cutover/open-ports.ts'
import { readPastFreezes } from '../../shared/cutover/past-freezes.ts'
import type { CutoverOrder } from '../../shared/cutover/ports.ts'
import { refuseDrift } from '../../shared/cutover/refuse-drift.ts'
import { runCutover } from '../../shared/cutover/run-cutover.ts'
import { tellRun } from '../../shared/cutover/tell-run.ts'
import { tidiedOutcome } from '../../shared/cutover/tidied-outcome.ts'
import { tidyUp } from '../../shared/cutover/tidy-up.ts'
import { workflowRun } from '../../shared/github/run.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { withSession } from '../../shared/postgres/session.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import { saveForPost } from '../../shared/runtime/post-state.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import type { inputs as schema } from './inputs.ts'
import { planned } from './report.ts'

/**
 * Reads plan and evidence, has the approval proved, and cuts over.
 * Loaded when the inputs are right: clients take longer to load than a file to check.
 */
export async function perform(
  migration: Migration,
  inputs: InputsOf<typeof schema>,
  context: ActionContext,
): Promise<Outcome> {
  const run = workflowRun()
  if (inputs['abort-only']) {
    const { runId, attempt } = run
    const tidier = { direction: 'forward', runId, attempt, by: 'abort job' } as const
    return tidiedOutcome('cutover', await tidyUp(migration, tidier, context))
  }
  const logins = await readLogins(migration, context.signal)
  const planDigest = inputs['plan-digest']
  const evidenceId = inputs['evidence-id']
  const options = { label: 'source', application: 'aurora-migration cutover', signal: context.signal }
  const { plan, evidence, row, past, usedComments } = await withSession(
    logins.source,
    options,
    async (source) => ({
      plan: await readPlan(source, migration.name, planDigest),
      evidence: await readEvidence(source, migration.name, evidenceId),
      row: await readDecision(source, migration.name),
      past: await readPastFreezes(source, migration.name),
      usedComments: await readUsedComments(source, migration.name),
    }),
  )
  const ports = await openPorts({
    direction: 'forward',
    migration,
    logins,
    plan,
    planDigest,
    context,
  })
  const order: CutoverOrder = {
    run: {
      migration: migration.name,
      direction: 'forward',
      runId: run.runId,
      attempt: run.attempt,
      planDigest,
      evidenceId,
    },
    plan,
    evidence,
  }
  try {
    if (inputs['dry-run']) return planned(await rehearseDry(order, ports))

    const required = inputs['require-approval']
    if (!required)
      context.log.warn('NOBODY APPROVES THIS CUTOVER: require-approval is false. That is for rehearsals.')
    const approval = required
      ? await proveApproval({
          job: 'cutover',
          token: inputs['github-token'],
          run,
          planDigest,
          policy: plan.cutover,
          evidenceAgeMs: evidence?.ageMs,
          begun: begunBy(row, order.run),
          usedComments,
          signal: context.signal,
        })
      : approvedByNobody(run.actor)
    // What is past its commit point is finished whatever has drifted: until the target is open nobody can write.
    const begins = row?.ours !== true || row.phase !== 'committed'
    if (begins) {
      const carried = await withSession(logins.target, { ...options, label: 'target' }, async (target) =>
        carriedPlan(plan, target),
      )
      await withSession(logins.source, options, async (source) =>
        refuseDrift({ ...order, plan: carried }, source, ports),
      )
    }
    return await tellRun({
      order: { ...order, approval },
      approval,
      run,
      past,
      ports,
      auditPath: auditPath(inputs['audit-file'], { action: 'cutover', migration: migration.name }),
      work: async () => {
        const result = await runCutover({ ...order, approval }, ports)
        saveForPost({ finished: 'true' })
        return result
      },
    })
  } finally {
    ports.close()
  }
}
