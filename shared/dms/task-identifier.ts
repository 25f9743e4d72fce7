/** Every AWS name that a migration makes begins so: it is found, and told from others, by name alone. */
function awsName(migration: string): string {
  return `aurora-migration-${migration}`
}

/**
 * Identifier of the replication task number `index` (from 0) of a migration; people count from 1. Letters, digits
 * and single hyphens, as DMS asks (CreateReplicationTask); a migration's name has at most 40 characters.
 */
export function taskIdentifier(migration: string, index: number): string {
  return `${awsName(migration)}-${index + 1}`
}

/** Identifier of the DMS endpoint of one side. */
export function endpointIdentifier(migration: string, side: 'source' | 'target'): string {
  return `${awsName(migration)}-${side}`
}

/** Identifier of the source endpoint of one task: a slot of ours is a setting of the endpoint, so each needs its own. */
export function slotEndpointIdentifier(migration: string, index: number): string {
  return `${awsName(migration)}-source-${index + 1}`
}

/** Identifier of the source endpoint of one task of a way back: it names the task's own slot. */
export function carrierEndpointIdentifier(taskIdentifier: string): string {
  return `${taskIdentifier}-reader`
}

/** Identifier of the target endpoint that all tasks of a way back share: the same for every generation. */
export function writerEndpointIdentifier(migration: string, direction: 'forward' | 'back'): string {
  return `${awsName(migration)}-writer-${direction === 'back' ? 'back' : 'again'}`
}

/** Identifier of the replication instance that a migration makes for itself: at most 63 characters, lower case. */
export function replicationInstanceIdentifier(migration: string): string {
  return awsName(migration)
}

/** Last segment of an ARN: log streams, CloudWatch dimensions and control tables name a task by it. */
export function externalId(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1)
}
