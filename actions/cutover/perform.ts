import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { switchAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { readEvidence, readPlan } from '../../shared/control/plan-store.ts'
import { approvedByNobody } from '../../shared/approval/approval.ts'
import { proveApproval } from '../../shared/approval/prove-approval.ts'
import { readDecision } from '../../shared/cutover/decision.ts'
import { rehearseDry } from '../../shared/cutover/dry-run.ts'
import { begunBy, readUsedComments } from '../../shared/cutover/past-approvals.ts'
import type { CutoverOrder } from '../../shared/cutover/ports.ts'
import { refuseDrift } from '../../shared/cutover/refuse-drift.ts'
import { runCutover } from '../../shared/cutover/run-cutover.ts'
import { readTrueNow, trueNowText } from '../../shared/cutover/true-now.ts'
import { workflowRun } from '../../shared/github/run.ts'
import { planSchemas } from '../../shared/migration/plan-schemas.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { withSession } from '../../shared/postgres/session.ts'
import { withSections } from '../../shared/runtime/errors.ts'
import type { InputsOf } from '../../shared/runtime/inputs.ts'
import { saveForPost } from '../../shared/runtime/post-state.ts'
import type { ActionContext, Outcome } from '../../shared/runtime/run-action.ts'
import type { inputs as schema } from './inputs.ts'
import { cutoverPorts, readLogins } from './ports.ts'
import { planned, report } from './report.ts'

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
  const secrets = new SecretsManagerClient(awsClientOptions(switchAccount(migration)))
  const logins = await readLogins(migration, context.signal)
  const planDigest = inputs['plan-digest']
  const evidenceId = inputs['evidence-id']
  const options = { label: 'source', application: 'aurora-migration cutover', signal: context.signal }
  const { plan, evidence, row, usedComments } = await withSession(logins.source, options, async (source) => ({
    plan: await readPlan(source, migration.name, planDigest),
    evidence: await readEvidence(source, migration.name, evidenceId),
    row: await readDecision(source, migration.name),
    usedComments: await readUsedComments(source, migration.name),
  }))
  const ports = cutoverPorts({
    migration,
    logins,
    secrets,
    schemas: planSchemas(plan),
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
  if (inputs['dry-run']) return planned(await rehearseDry(order, ports))

  const required = inputs['require-approval']
  if (!required) context.log.warn('require-approval is false: nobody approves this cutover')
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
  if (begins) await withSession(logins.source, options, (source) => refuseDrift(order, source, ports))
  const result = await runCutover({ ...order, approval }, ports).catch(async (thrown: unknown) => {
    const open = {
      source: (signal: AbortSignal) => ports.openFrom(signal, {}, 2000),
      target: (signal: AbortSignal) => ports.openTo(signal, {}, 2000),
    }
    throw withSections(thrown, [trueNowText(await readTrueNow(open, migration.name))])
  })
  saveForPost({ finished: 'true' })
  return report(result, approval, { migration: migration.name, planDigest, evidenceId })
}
