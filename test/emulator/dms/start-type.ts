import type { Emulator } from '../emulator.ts'
import { invalidCombination } from '../protocol/aws-error.ts'
import type { StartType } from '../replication/replication-job.ts'
import type { MovedRecord } from './records.ts'

/** Refuses a start type that does not fit what ran before. Any start, even one that failed at once, uses up the first time. */
export function demandStartType(
  emulator: Emulator,
  record: MovedRecord,
  type: StartType,
  position: string | undefined,
): void {
  const ranBefore = record.run !== undefined
  if (type !== 'start-replication') {
    if (ranBefore) return
    const name = type.toUpperCase().replace('-', '_')
    throw invalidCombination(`Start Type : ${name}, valid only for tasks that have run before`)
  }
  const again = record.migrationType === 'cdc' && position !== undefined
  if (ranBefore && !again && emulator.quirks['second-start-refused']) {
    throw invalidCombination(
      'Start Type : START_REPLICATION, valid only for tasks running for the first time',
    )
  }
}
