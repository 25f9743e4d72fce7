import { RDSClient } from '@aws-sdk/client-rds'
import { accountId } from '../aws/account-id.ts'
import { sideAccount } from '../aws/accounts.ts'
import { awsClientOptions } from '../aws/client-options.ts'
import { approvedPlan } from '../control/approved-plan.ts'
import { dmsSecret, sideLogin } from '../databases/open-database.ts'
import { withOpen } from '../databases/with-open.ts'
import { workflowRun } from '../github/run.ts'
import type { PlanDecisions } from '../migration/plan-decisions.ts'
import type { Migration } from '../migration/schema.ts'
import { readSourceCatalogue } from '../postgres/catalogue.ts'
import { openSession, type DatabaseLogin } from '../postgres/session.ts'
import { rdsCopies } from '../rds/copies.ts'
import { copyStates } from '../rds/copy-states.ts'
import { redoDone, serverLogLines } from '../rds/server-log.ts'
import type { ActionContext } from '../runtime/run-action.ts'
import { readDecisions, refuseOpened } from '../target/decisions.ts'
import { preparing, takeRunLock } from '../waiting/run-lock.ts'
import { copyMethod, targetServer } from './make-server.ts'
import { makeCopy } from './make-copy.ts'

export interface CopyOrder {
  readonly migration: Migration
  readonly planDigest: string
  readonly decisions: PlanDecisions | undefined
  /** Name of the action, for sessions. */
  readonly action: string
  readonly dryRun: boolean
}

/** What was done before both databases can be opened. */
export interface CopyResult {
  /** False in a dry run where the target has not been made yet: there is nothing to open. */
  readonly exists: boolean
  readonly changes: readonly string[]
}

/**
 * Makes the target where the migration file says so, before anything else is done with it; with a target that is there
 * already this does nothing. A second run adopts what the first one made. Throws `refused` where the plan is not the
 * approved one, or the source has passed the commit point.
 */
export async function copyFirst(order: CopyOrder, context: ActionContext): Promise<CopyResult> {
  const { migration, dryRun } = order
  if (copyMethod(migration) === undefined && migration.load.by !== 'existing')
    return { exists: true, changes: [] }
  const { signal, log } = context
  const clients = {
    source: new RDSClient(awsClientOptions(sideAccount(migration, 'source'))),
    target: new RDSClient(awsClientOptions(sideAccount(migration, 'target'))),
  }
  const account = (client: RDSClient) => ({
    copies: rdsCopies(client, signal),
    states: copyStates(client, signal),
  })
  const open = (login: DatabaseLogin, label: string) =>
    openSession(login, { label, application: `aurora-migration ${order.action}`, signal })
  try {
    const sourceLogin = await sideLogin(migration, 'source', signal)
    const dms = await dmsSecret(migration, 'source', signal)
    const asDms = (login: DatabaseLogin) => ({ ...login, user: dms.username, password: dms.password })
    const changes: string[] = []
    const exists = await withOpen(
      () => open(sourceLogin, 'source'),
      async (source) => {
        // Two at once would make two copies, or slots that are younger than the copy.
        if (!dryRun) await takeRunLock(source, migration.name, preparing, context)
        // After the cutover slots are gone for good reasons, and the copy is what applications write to.
        refuseOpened(migration.name, await readDecisions(source), [])
        const catalogue = await readSourceCatalogue(source, migration)
        const plan = await approvedPlan(source, migration, catalogue, order.planDigest, order.decisions)
        const tags = {
          migration: migration.name,
          planDigest: order.planDigest,
          runId: workflowRun().runId,
        }
        const work = {
          context,
          control: source,
          source: account(clients.source),
          target: account(clients.target),
          targetAccount: () => accountId(sideAccount(migration, 'target'), signal),
          tags,
          dryRun,
          changes,
        }
        return makeCopy(work, migration, plan, {
          source,
          dmsSourceUser: dms.username,
          dmsTargetUser: async () => (await dmsSecret(migration, 'target', signal)).username,
          openDmsSource: () => open(asDms(sourceLogin), 'source (as DMS’s user)'),
          openCopy: async () => open(await sideLogin(migration, 'target', signal), 'target'),
          openDmsCopy: async () =>
            open(asDms(await sideLogin(migration, 'target', signal)), 'target (as DMS’s source user)'),
          redoDone: async () => {
            const lines = serverLogLines(clients.target, targetServer(migration).identifier, signal)
            for await (const line of lines) {
              const found = redoDone(line)
              if (found !== undefined) return found
            }
            return undefined
          },
        })
      },
    )
    if (!exists) log.line('the target does not exist yet; what else would be done to it is not known')
    return { exists, changes }
  } finally {
    clients.source.destroy()
    clients.target.destroy()
  }
}
