import type { Emulator } from '../emulator.ts'
import type { MovedRecord } from './records.ts'

/** The tasks and serverless replications that an endpoint belongs to. */
export function usersOf(emulator: Emulator, endpointArn: string): MovedRecord[] {
  const { tasks, replicationConfigs } = emulator.store.state
  return [...tasks, ...replicationConfigs].filter(
    (record) => record.sourceEndpointArn === endpointArn || record.targetEndpointArn === endpointArn,
  )
}

const idle = new Set<MovedRecord['status']>(['creating', 'created', 'ready', 'stopped', 'failed', 'deleting'])

/** True while rows may be on their way, or a modification or an assessment is. */
export function isBusy(record: MovedRecord): boolean {
  return !idle.has(record.status)
}
