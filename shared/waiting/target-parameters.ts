import { RDSClient } from '@aws-sdk/client-rds'
import { sideAccount } from '../aws/accounts.ts'
import { awsClientOptions } from '../aws/client-options.ts'
import type { Migration } from '../migration/schema.ts'
import { serverParameters, type ServerParameters } from '../rds/server-parameters.ts'
import { MigrationError } from '../runtime/errors.ts'

/**
 * The parameter group of the target where the migration file has it make DMS's sessions replicas; undefined where it
 * does not. Throws `invalid-input` where the file does not name the target's server in RDS.
 */
export function targetParameters(migration: Migration, signal: AbortSignal): ServerParameters | undefined {
  if (migration['during-load']['replica-role'] !== 'parameter-group') return undefined
  const { 'rds-cluster': cluster, 'rds-instance': instance } = migration.target
  const identifier = cluster ?? instance
  if (identifier === undefined) {
    const problem = {
      field: 'target',
      message: '`replica-role: parameter-group` needs `rds-cluster` or `rds-instance` of the target',
      remedy: 'Name the target’s server, or write `replica-role: endpoint`.',
    }
    throw new MigrationError('invalid-input', problem.message, {
      remedy: problem.remedy,
      problems: [problem],
    })
  }
  const client = new RDSClient(awsClientOptions(sideAccount(migration, 'target')))
  return serverParameters(
    client,
    { kind: cluster === undefined ? 'instance' : 'cluster', identifier },
    signal,
  )
}
