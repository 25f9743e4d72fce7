import { escapeLiteral, type Client } from 'pg'
import { controlTable } from './control-tables.ts'
import type { ReplicationJob } from './job-contract.ts'
import { formatLsn, NO_LSN, parseLsn, type Lsn } from './lsn.ts'
import type { TaskSettings } from './task-settings.ts'

/**
 * What has been applied, written in the very transaction that applies it: so a transaction that the slot sends again after
 * a crash is known, and tables without a key do not double. One row for the task; one more for each loaded table, with the
 * snapshot that its load has seen and the cached changes applied before all loads were done.
 */
export interface TablePosition {
  /** pg_current_snapshot() of the load; null where the table was loaded by an earlier, unknown run */
  readonly snapshot: string | null
  readonly appliedLsn: Lsn
}

export interface PositionStore {
  /** Everything stored for the task. `applied` is 0 before the first transaction. */
  load(client: Client): Promise<{ applied: Lsn; tables: Map<string, TablePosition> }>
  /** Forgets all: a fresh start. */
  reset(client: Client, applied: Lsn): Promise<void>
  /** Makes sure that there is a position to move. */
  ensure(client: Client, applied: Lsn): Promise<void>
  forgetTable(client: Client, schema: string, table: string): Promise<void>
  /** Run inside the load's own transaction. */
  recordLoad(client: Client, schema: string, table: string, snapshot: string): Promise<void>
  /**
   * Notes that a load in several transactions begins. Where an earlier one was noted, begun on an empty table and never
   * ended, its rows are deleted.
   */
  beginSegments(client: Client, schema: string, table: string, targetSql: string): Promise<void>
  /** The statement that moves the task's position. */
  moveTask(lsn: Lsn): { text: string; literals: string[] }
  /** The statement that moves one table's position. */
  moveTable(schema: string, table: string, lsn: Lsn): { text: string; literals: string[] }
}

export function createPositionStore(
  job: Pick<ReplicationJob, 'externalId'>,
  settings: TaskSettings,
): PositionStore {
  const relation = controlTable(settings, 'awsdms_emulator_position')
  const task = job.externalId
  const move = `UPDATE ${relation} SET applied_lsn = $1 WHERE task_name = $2 AND table_owner = $3 AND table_name = $4`
  const moveTable = (schema: string, table: string, lsn: Lsn) => ({
    text: move,
    literals: [formatLsn(lsn), task, schema, table].map((value) => escapeLiteral(value)),
  })
  return {
    async load(client) {
      const { rows } = await client.query<{
        table_owner: string
        table_name: string
        load_snapshot: string | null
        applied_lsn: string
      }>(
        `SELECT table_owner, table_name, load_snapshot, applied_lsn::text FROM ${relation} WHERE task_name = $1`,
        [task],
      )
      const tables = new Map<string, TablePosition>()
      let applied = NO_LSN
      for (const row of rows) {
        const appliedLsn = parseLsn(row.applied_lsn)
        if (row.table_owner === '') applied = appliedLsn
        else if (!row.load_snapshot?.startsWith('partial'))
          tables.set(`${row.table_owner}\0${row.table_name}`, { snapshot: row.load_snapshot, appliedLsn })
      }
      return { applied, tables }
    },
    async reset(client, applied) {
      await client.query(`DELETE FROM ${relation} WHERE task_name = $1`, [task])
      await client.query(`INSERT INTO ${relation} VALUES ($1, '', '', NULL, $2)`, [task, formatLsn(applied)])
    },
    async ensure(client, applied) {
      await client.query(`INSERT INTO ${relation} VALUES ($1, '', '', NULL, $2) ON CONFLICT DO NOTHING`, [
        task,
        formatLsn(applied),
      ])
    },
    async forgetTable(client, schema, table) {
      await client.query(
        `DELETE FROM ${relation} WHERE task_name = $1 AND table_owner = $2 AND table_name = $3`,
        [task, schema, table],
      )
    },
    async recordLoad(client, schema, table, snapshot) {
      await client.query(
        `INSERT INTO ${relation} VALUES ($1, $2, $3, $4, '0/0') ON CONFLICT (task_name, table_owner, table_name)
         DO UPDATE SET load_snapshot = excluded.load_snapshot, applied_lsn = '0/0'`,
        [task, schema, table, snapshot],
      )
    },
    async beginSegments(client, schema, table, targetSql) {
      const { rows } = await client.query<{ load_snapshot: string | null }>(
        `SELECT load_snapshot FROM ${relation} WHERE task_name = $1 AND table_owner = $2 AND table_name = $3`,
        [task, schema, table],
      )
      if (rows[0]?.load_snapshot === PARTIAL.empty) {
        await client.query(`DELETE FROM ${targetSql}`)
        return
      }
      const filled = await client.query(`SELECT FROM ${targetSql} LIMIT 1`)
      await client.query(
        `INSERT INTO ${relation} VALUES ($1, $2, $3, $4, '0/0') ON CONFLICT (task_name, table_owner, table_name)
         DO UPDATE SET load_snapshot = excluded.load_snapshot, applied_lsn = '0/0'`,
        [task, schema, table, filled.rowCount === 0 ? PARTIAL.empty : PARTIAL.filled],
      )
    },
    moveTask: (lsn) => moveTable('', '', lsn),
    moveTable,
  }
}

/** In place of a snapshot: segments have been begun on an empty table, or on one that had rows. */
const PARTIAL = { empty: 'partial: was empty', filled: 'partial: had rows' }

/** A snapshot as PostgreSQL prints it, `xmin:xmax:xip,xip`, ready for the 32-bit transaction ids of a slot. */
export interface LoadSnapshot {
  /** True when the transaction had committed before the snapshot was taken. */
  sees(xid: number): boolean
}

/** Reads `pg_current_snapshot()`'s text. */
export function readSnapshot(text: string): LoadSnapshot {
  const [minimum = '0', maximum = '0', running = ''] = text.split(':')
  const xmax = BigInt(maximum)
  const xmin = BigInt(minimum)
  const inProgress = new Set(running === '' ? [] : running.split(','))
  return {
    sees(xid) {
      // The stream prints 32 bits, the snapshot 64: the epoch is that of xmax, give or take one.
      const low = BigInt(xid)
      let full = (xmax & ~0xffffffffn) | low
      if (full - xmax > 0x7fffffffn) full -= 0x100000000n
      else if (xmax - full > 0x7fffffffn) full += 0x100000000n
      if (full < xmin) return true
      return full < xmax && !inProgress.has(full.toString())
    },
  }
}
