import { KMSClient } from '@aws-sdk/client-kms'
import { RAMClient } from '@aws-sdk/client-ram'
import { RDSClient } from '@aws-sdk/client-rds'
import { accountId } from '../../shared/aws/account-id.ts'
import { sideAccount } from '../../shared/aws/accounts.ts'
import { awsClientOptions } from '../../shared/aws/client-options.ts'
import { accountOf } from '../../shared/copy/snapshot.ts'
import { readKey } from '../../shared/kms/keys.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { CopyFacts } from '../../shared/preflight/copy-facts.ts'
import { readSharing } from '../../shared/ram/shares.ts'
import { copyStates } from '../../shared/rds/copy-states.ts'
import { MigrationError } from '../../shared/runtime/errors.ts'

/** What stands between two accounts; undefined where no copy crosses from one to another. */
export async function readCopy(migration: Migration, signal: AbortSignal): Promise<CopyFacts | undefined> {
  const { by } = migration.load
  if (by !== 'aurora-clone' && by !== 'snapshot') return undefined
  const target = await accountId(sideAccount(migration, 'target'), signal)
  const cluster = migration.source['rds-cluster']
  const name = cluster ?? migration.source['rds-instance'] ?? ''
  const at = (side: 'source' | 'target') => awsClientOptions(sideAccount(migration, side))
  const clients = {
    rds: new RDSClient(at('source')),
    keyAtSource: new KMSClient(at('source')),
    keyAtTarget: new KMSClient(at('target')),
    ram: new RAMClient(at('target')),
  }
  try {
    const kind = cluster === undefined ? 'instance' : 'cluster'
    const source = await copyStates(clients.rds, signal).server(kind, name)
    if (source === undefined) throw new MigrationError('precondition', `RDS knows no ${kind} ${name}`)
    if (accountOf(source.arn) === target) return undefined
    const keyArn = source.kmsKey
    const key = (client: KMSClient) => (keyArn === undefined ? undefined : readKey(client, keyArn, signal))
    return {
      source: name,
      sharing: by === 'aurora-clone' ? await readSharing(clients.ram, source.arn, signal) : undefined,
      keyArn,
      keyAtSource: await key(clients.keyAtSource),
      keyAtTarget: await key(clients.keyAtTarget),
    }
  } finally {
    for (const client of Object.values(clients)) client.destroy()
  }
}
