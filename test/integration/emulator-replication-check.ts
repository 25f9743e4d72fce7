import type { TableStatisticsRecord } from '../emulator/replication/replication-job.ts'
import {
  createDatabasePair,
  startTask,
  until,
  untilEqual,
  type DatabasePair,
  type ServerPair,
  type TaskOptions,
  type TestTask,
} from './emulator-replication-pair.ts'

export interface Schema {
  readonly both?: string
  readonly source?: string
  readonly target?: string
}

/** A function that runs a check with a database pair of its own, each with a schema `shop`. */
export function pairRunner(
  servers: () => ServerPair,
): (schema: Schema, check: (databases: DatabasePair) => Promise<void>) => Promise<void> {
  let number = 0
  return async (schema, check) => {
    number += 1
    const databases = await createDatabasePair(servers(), `check${number}`, {
      ...schema,
      both: `CREATE SCHEMA shop;${schema.both ?? ''}`,
    })
    try {
      await check(databases)
    } finally {
      await databases.close()
    }
  }
}

/** Starts a task and waits until its loads and cached changes are done. */
export async function flowing(databases: DatabasePair, options: TaskOptions = {}): Promise<TestTask> {
  const task = startTask(databases, options)
  const ended = task.ended.then((end) => Promise.reject(new Error(JSON.stringify(end))))
  await Promise.race([until(() => task.checkpoint()?.cachedChangesApplied, Boolean), ended])
  ended.catch(() => undefined)
  return task
}

/** The statistics of a table. */
export function table(task: TestTask, name: string): TableStatisticsRecord | undefined {
  return task.replication.statistics().find((record) => record.TableName === name)
}

/** What DMS wrote to awsdms_apply_exceptions. */
export async function exceptions(
  databases: DatabasePair,
): Promise<{ TABLE_NAME: string; STATEMENT: string; ERROR: string }[]> {
  const { rows } = await databases.target.query<{ TABLE_NAME: string; STATEMENT: string; ERROR: string }>(
    'SELECT "TABLE_NAME", "STATEMENT", "ERROR" FROM public.awsdms_apply_exceptions',
  )
  return rows
}

/** Writes a last row and waits for it: everything before it has been dealt with. */
export async function drained(databases: DatabasePair): Promise<void> {
  await databases.source.query(`INSERT INTO shop.marker DEFAULT VALUES`)
  await untilEqual(databases, 'shop.marker')
}

export const MARKER = 'CREATE TABLE shop.marker (id bigserial PRIMARY KEY);'
