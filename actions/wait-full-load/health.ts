import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { dmsAccount, sideAccount, type AwsAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { attemptStep, countAttempts } from '../../shared/aws/count-attempts.ts'
import { metrics, type Metrics } from '../../shared/cloudwatch/metrics.ts'
import { sideLogin } from '../../shared/databases/open-database.ts'
import type { ReplicationTask } from '../../shared/dms/replication-task.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { withSession, type DatabaseLogin } from '../../shared/postgres/session.ts'
import type { ActionContext } from '../../shared/runtime/run-action.ts'
import type { CallBudget } from '../../shared/waiting/call-budget.ts'
import type { HealthFinding } from '../../shared/waiting/health-findings.ts'
import { watchHealth, type HealthWatch } from '../../shared/waiting/health-watch.ts'
import { readSourceHealth } from '../../shared/waiting/read-source-health.ts'
import type { SourceHealth } from '../../shared/waiting/source-health.ts'

/** A cancelled wait must end within 5 s, and opening a connection cannot be broken off. */
const connectTimeoutMs = 4000

/** Watches what the tasks of a wait run on, and the source where there is a migration file. `stop` ends its clients, too. */
export function watchLoadHealth(watched: {
  readonly migration: Migration | undefined
  readonly tasks: readonly ReplicationTask[]
  /** Identifiers by ARN. */
  readonly instances: ReadonlyMap<string, string>
  readonly budget: CallBudget
  readonly context: ActionContext
  readonly onTrouble: (finding: HealthFinding) => void
}): HealthWatch {
  const { migration, tasks, context } = watched
  const clients: CloudWatchClient[] = []
  const port = (account: AwsAccount): Metrics => {
    const client = new CloudWatchClient(awsClientOptions(account))
    client.middlewareStack.add(
      countAttempts(() => watched.budget.charge(1)),
      attemptStep,
    )
    clients.push(client)
    return metrics(client, context.signal)
  }
  const instance = migration?.source['rds-instance']
  const watch = watchHealth(
    {
      metrics: port(migration === undefined ? {} : dmsAccount(migration)),
      instances: [...watched.instances.values()],
      replications: tasks.filter(({ replicationInstanceArn }) => replicationInstanceArn === ''),
      source:
        migration === undefined
          ? undefined
          : {
              rds:
                instance === undefined
                  ? undefined
                  : { metrics: port(sideAccount(migration, 'source')), instance },
              look: sourceLook(migration, context.signal),
            },
    },
    {
      clock: context.clock,
      signal: context.signal,
      log: context.log,
      onTrouble: watched.onTrouble,
    },
  )
  return {
    report: () => watch.report(),
    stop: async () => {
      await watch.stop()
      for (const client of clients) client.destroy()
    },
  }
}

/** One look in a session of its own. The login is kept, and asked for again after a failure: a secret may be rotated. */
function sourceLook(migration: Migration, signal: AbortSignal): () => Promise<SourceHealth> {
  let login: DatabaseLogin | undefined
  return async () => {
    login ??= await sideLogin(migration, 'source', signal)
    const options = {
      label: 'source',
      application: 'aurora-migration wait-full-load',
      signal,
      connectTimeoutMs,
      settings: { statement_timeout: '5s' },
    }
    try {
      return await withSession(login, options, readSourceHealth)
    } catch (error) {
      login = undefined
      throw error
    }
  }
}
