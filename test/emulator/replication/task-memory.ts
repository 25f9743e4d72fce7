import type { Checkpoint, ReplicationListener } from './job-contract.ts'
import { formatLsn, NO_LSN, parseLsn, type Lsn } from './lsn.ts'
import type { Statistics } from './statistics.ts'

const CHECKPOINT_INTERVAL_MS = 250

/** What a task remembers across attempts and, by its checkpoints, across runs. */
export interface TaskMemory {
  /** the settled statistics belong to this position */
  countedLsn: Lsn
  slotName: string
  slotOwned: boolean
  cachedChangesApplied: boolean
  readonly loaded: Set<string>
  /** Writes a checkpoint now. */
  checkpoint(): void
  /** Writes a checkpoint soon. */
  checkpointSoon(): void
  /** Writes what is due; no more after this. */
  close(): void
}

export function createTaskMemory(
  previous: Checkpoint | undefined,
  statistics: Statistics,
  listener: Pick<ReplicationListener, 'checkpoint'>,
): TaskMemory {
  let timer: NodeJS.Timeout | null = null
  const memory: TaskMemory = {
    countedLsn:
      previous?.confirmedLsn === undefined || previous.confirmedLsn === null
        ? NO_LSN
        : parseLsn(previous.confirmedLsn),
    slotName: previous?.slotName ?? '',
    slotOwned: previous?.slotOwned ?? false,
    cachedChangesApplied: previous?.cachedChangesApplied ?? false,
    loaded: new Set(previous?.fullLoadDone ?? []),
    checkpoint() {
      if (timer !== null) clearTimeout(timer)
      timer = null
      listener.checkpoint({
        slotName: memory.slotName,
        slotOwned: memory.slotOwned,
        confirmedLsn: memory.countedLsn === NO_LSN ? null : formatLsn(memory.countedLsn),
        fullLoadDone: [...memory.loaded],
        cachedChangesApplied: memory.cachedChangesApplied,
        statistics: statistics.settledList(),
      })
    },
    checkpointSoon() {
      timer ??= setTimeout(() => memory.checkpoint(), CHECKPOINT_INTERVAL_MS)
    },
    close() {
      if (timer !== null) memory.checkpoint()
    },
  }
  return memory
}
