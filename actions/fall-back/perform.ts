import { approvedByNobody } from '../../shared/approval/approval.ts'
import { proveApproval } from '../../shared/approval/prove-approval.ts'
import { readPlan } from '../../shared/control/plan-store.ts'
import { readDecision } from '../../shared/cutover/decision.ts'
import { auditPath } from '../../shared/cutover/keep-audit.ts'
import { openPorts, readLogins } from '../../shared/cutover/open-ports.ts'
import { begunBy, readUsedComments } from '../../shared/cutover/past-approvals.ts'
import { readPastFreezes } from '../../shared/cutover/past-freezes.ts'
import type { CutoverOrder } from '../../shared/cutover/ports.ts'
import { refuseWithoutWayBack, rehearseBack } from '../../shared/cutover/rehearse-back.ts'
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
 * Reads the plan, has the approval proved, and goes back to the source.
 * Loaded when the inputs are right: clients take longer to load than a file to check.
 */
export async function perform(
  migration: Migration,
  inputs: InputsOf<typeof schema>,
  context: ActionContext,
): Promise<Outcome> {
  const run = workflowRun()
  const direction = 'back' as const
  if (inputs['abort-only']) {
    const { runId, attempt } = run
    return tidiedOutcome(
      'fall-back',
      await tidyUp(migration, { direction, runId, attempt, by: 'abort job' }, context),
    )
  }
  const logins = await readLogins(migration, context.signal)
  const planDigest = inputs['plan-digest']
  const session = (label: 'source' | 'target') => ({
    label,
    application: 'aurora-migration cutover',
    signal: context.signal,
  })
  const plan = await withSession(logins.source, session('source'), async (source) =>
    readPlan(source, migration.name, planDigest),
  )
  const { row, past, usedComments } = await withSession(logins.target, session('target'), async (target) => {
    await refuseWithoutWayBack(target, plan)
    return {
      row: await readDecision(target, migration.name),
      past: await readPastFreezes(target, migration.name),
      usedComments: await readUsedComments(target, migration.name),
    }
  })
  const ports = await openPorts({ direction, migration, logins, plan, planDigest, context })
  try {
    const order: CutoverOrder = {
      run: {
        migration: migration.name,
        direction,
        runId: run.runId,
        attempt: run.attempt,
        planDigest,
        evidenceId: null,
      },
      plan,
      evidence: undefined,
    }
    if (inputs['dry-run']) return planned(await rehearseBack(order, ports))

    const required = inputs['require-approval']
    if (!required)
      context.log.warn('NOBODY APPROVES THIS FALL-BACK: require-approval is false. That is for rehearsals.')
    const approval = required
      ? await proveApproval({
          job: 'fall-back',
          token: inputs['github-token'],
          run,
          planDigest,
          policy: plan.cutover,
          evidenceAgeMs: undefined,
          begun: begunBy(row, order.run),
          usedComments,
          signal: context.signal,
        })
      : approvedByNobody(run.actor)
    return await tellRun({
      order: { ...order, approval },
      approval,
      run,
      past,
      ports,
      auditPath: auditPath(inputs['audit-file'], { action: 'fall-back', migration: migration.name }),
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
