import type { Client } from 'pg'
import type { AttemptState } from './attempt-state.ts'
import { controlTable } from './control-tables.ts'
import { formatLsn, NO_LSN, type Lsn } from './lsn.ts'
import { createWakeSignal } from './wake-signal.ts'

const INTERVAL_MS = 1000
/** What DMS calls itself in its control tables. */
const SERVER = 'localhost.localdomain'

/** A position as RecoveryCheckpoint and awsdms_txn_state show it. */
export function recoveryCheckpoint(lsn: Lsn): string {
  const hex = (part: bigint): string => part.toString(16).toUpperCase().padStart(8, '0')
  return `checkpoint:V1#1#${hex(lsn >> 32n)}/${hex(lsn & 0xffffffffn)}#0#0#*#0#1`
}

/** Keeps awsdms_status, awsdms_history and awsdms_txn_state up to date, each where the settings turn it on. */
export async function runControlReports(state: AttemptState): Promise<void> {
  const { plan, stopping } = state.input
  const control = plan.settings.ControlTablesSettings
  const recovery = plan.settings.TargetMetadata.TaskRecoveryTableEnabled
  if (!control.StatusTableEnabled && !control.HistoryTableEnabled && !recovery) return
  const client = await state.sessions.open('target', 'control')
  const nap = createWakeSignal()
  stopping.addEventListener('abort', () => nap.wake(), { once: true })
  let running = true
  while (running) {
    running = !state.over && !stopping.aborted
    if (control.StatusTableEnabled) await writeStatus(state, client, running)
    if (control.HistoryTableEnabled) await writeHistory(state, client)
    if (recovery) await writeCheckpoint(state, client)
    if (running) await nap.wait(INTERVAL_MS)
  }
}

async function writeStatus(state: AttemptState, client: Client, running: boolean): Promise<void> {
  const { job, memory, plan, statistics } = state.input
  const table = controlTable(plan.settings, 'awsdms_status')
  const phase = state.flowing ? 'CHANGE PROCESSING' : 'FULL LOAD'
  await client.query(
    `INSERT INTO ${table} (server_name, task_name, task_status, status_time, pending_changes, disk_swap_size, task_memory,
       source_current_position, source_current_timestamp)
     VALUES ($1, $2, $3, clock_timestamp() AT TIME ZONE 'UTC', $4, 0, $5, $6, clock_timestamp() AT TIME ZONE 'UTC')
     ON CONFLICT (server_name, task_name) DO UPDATE SET task_status = excluded.task_status,
       status_time = excluded.status_time, pending_changes = excluded.pending_changes, task_memory = excluded.task_memory,
       source_current_position = excluded.source_current_position,
       source_current_timestamp = excluded.source_current_timestamp`,
    [
      SERVER,
      job.externalId,
      running ? phase : 'NOT RUNNING',
      statistics.pendingRows(),
      Math.round(process.memoryUsage.rss() / 1_048_576),
      memory.countedLsn === NO_LSN ? null : formatLsn(memory.countedLsn),
    ],
  )
}

async function writeHistory(state: AttemptState, client: Client): Promise<void> {
  const { job, plan, statistics, meters } = state.input
  const minutes = plan.settings.ControlTablesSettings.HistoryTimeslotInMinutes
  const slotMs = minutes * 60_000
  const begin = new Date(Math.floor(Date.now() / slotMs) * slotMs).toISOString().slice(0, 19)
  const records = statistics.list()
  const rows = state.flowing
    ? records.reduce((sum, one) => sum + one.AppliedInserts + one.AppliedUpdates + one.AppliedDeletes, 0)
    : records.reduce((sum, one) => sum + one.FullLoadRows, 0)
  const bytes = state.flowing ? meters.targetBytes.perSecond() : meters.loadBytes.perSecond()
  await client.query(
    `INSERT INTO ${controlTable(plan.settings, 'awsdms_history')} AS h
     VALUES ($1, $2, $3, $4, $5, 0, $6, $7)
     ON CONFLICT (server_name, task_name, timeslot_type, timeslot)
     DO UPDATE SET timeslot_records = excluded.timeslot_records, timeslot_volume = excluded.timeslot_volume`,
    [
      SERVER,
      job.externalId,
      state.flowing ? 'Change Processing' : 'Full Load',
      begin,
      minutes,
      rows,
      Math.round((bytes * 60 * minutes) / 1_048_576),
    ],
  )
}

async function writeCheckpoint(state: AttemptState, client: Client): Promise<void> {
  const { job, memory, plan } = state.input
  if (memory.countedLsn === NO_LSN) return
  await client.query(
    `INSERT INTO ${controlTable(plan.settings, 'awsdms_txn_state')} VALUES ($1, $2, clock_timestamp() AT TIME ZONE 'UTC', $3)
     ON CONFLICT ("SERVER_NAME", "TASK_NAME")
     DO UPDATE SET "STATE_TIME" = excluded."STATE_TIME", "CHECKPOINT" = excluded."CHECKPOINT"`,
    [SERVER, job.externalId, recoveryCheckpoint(memory.countedLsn)],
  )
}
