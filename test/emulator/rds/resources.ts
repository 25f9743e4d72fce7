import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import type { ClusterRecord, InstanceRecord, SnapshotRecord } from './records.ts'

export function instanceArn(emulator: Emulator, identifier: string): string {
  return emulator.arn('rds', `db:${identifier}`)
}

export function clusterArn(emulator: Emulator, identifier: string): string {
  return emulator.arn('rds', `cluster:${identifier}`)
}

export function snapshotArn(
  emulator: Emulator,
  { kind, identifier }: Pick<SnapshotRecord, 'kind' | 'identifier'>,
): string {
  return emulator.arn('rds', `${kind === 'cluster' ? 'cluster-snapshot' : 'snapshot'}:${identifier}`)
}

/** Identifiers are compared without regard to case, as RDS stores them in lower case; an ARN names the resource, too. */
export const isNamed = (identifier: string, arn: string, wanted: string): boolean =>
  identifier.toLowerCase() === wanted.toLowerCase() || arn === wanted

/** An instance of this account by name or ARN. Throws DBInstanceNotFound. */
export function findInstance(emulator: Emulator, wanted: string): InstanceRecord {
  const found = emulator.store.state.rds.instances.find(({ identifier }) =>
    isNamed(identifier, instanceArn(emulator, identifier), wanted),
  )
  if (!found) throw instanceNotFound(wanted)
  return found
}

/** A cluster of this account by name or ARN. Throws DBClusterNotFoundFault. */
export function findCluster(emulator: Emulator, wanted: string): ClusterRecord {
  const found = emulator.store.state.rds.clusters.find(({ identifier }) =>
    isNamed(identifier, clusterArn(emulator, identifier), wanted),
  )
  if (!found) throw clusterNotFound(wanted)
  return found
}

export function instanceNotFound(wanted: string): AwsError {
  return new AwsError('DBInstanceNotFound', `DBInstance ${wanted} not found.`, 404)
}

export function clusterNotFound(wanted: string): AwsError {
  return new AwsError('DBClusterNotFoundFault', `DBCluster ${wanted} not found.`, 404)
}

/** The account and region that an ARN names, and what it names there. */
export function readArn(
  arn: string,
): { account: string; region: string; type: string; name: string } | undefined {
  const [prefix, , service, region = '', account = '', type = '', name = ''] = arn.split(':')
  return prefix === 'arn' && service === 'rds' ? { account, region, type, name } : undefined
}

/** Lower case, as RDS stores it. Throws InvalidParameterValue (API: the rules of DBInstanceIdentifier). */
export function newIdentifier(parameter: string, identifier: string): string {
  if (/^[a-zA-Z](?:-?[a-zA-Z0-9])*$/.test(identifier) && identifier.length <= 63) {
    return identifier.toLowerCase()
  }
  throw new AwsError(
    'InvalidParameterValue',
    `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
  )
}
