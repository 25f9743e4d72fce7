import { Route53Client } from '@aws-sdk/client-route-53'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import { switchAccount } from '../../aws/accounts.ts'
import { awsClientOptions } from '../../aws/client-options.ts'
import type { Migration } from '../../migration/schema.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'

/** What switchers and pausers act through. */
export interface ClientTools {
  readonly secrets: SecretsManagerClient
  readonly ssm: SSMClient
  readonly route53: Route53Client
  readonly clock: Clock
  readonly log: Log
  readonly migration: string
  /** Ends the AWS clients. */
  close(): void
}

/** The real clients, in the account where applications have their secrets. Throws `precondition` without a region. */
export function openClientTools(
  migration: Migration,
  context: { readonly clock: Clock; readonly log: Log },
): ClientTools {
  const options = awsClientOptions(switchAccount(migration))
  const clients = {
    secrets: new SecretsManagerClient(options),
    ssm: new SSMClient(options),
    route53: new Route53Client(options),
  }
  return {
    ...clients,
    clock: context.clock,
    log: context.log,
    migration: migration.name,
    close: () => {
      for (const client of Object.values(clients)) client.destroy()
    },
  }
}
