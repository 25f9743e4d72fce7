import * as z from 'zod'
import type { PgbouncerConsole } from './console.ts'

const flag = z.coerce.number().transform((value) => value !== 0)
const text = z.string().nullish()

const databaseRow = z.looseObject({
  name: z.string(),
  host: text,
  port: z.coerce.number(),
  database: text,
  pool_mode: text,
  paused: flag,
  disabled: flag,
})
const configRow = z.looseObject({ key: z.string(), value: text })
const userRow = z.looseObject({ name: z.string(), pool_mode: text })

/** A database as PgBouncer has it. */
export interface PooledDatabase {
  readonly name: string
  /** Null for a Unix socket. */
  readonly host: string | null
  readonly port: number
  /** Its name on the server. */
  readonly database: string
  /** `session`, `transaction` or `statement`; null: that of the configuration. */
  readonly poolMode: string | null
  readonly paused: boolean
  readonly disabled: boolean
}

/** SHOW DATABASES. */
export async function showDatabases(opened: PgbouncerConsole): Promise<PooledDatabase[]> {
  const rows = z.array(databaseRow).parse(await opened.query('SHOW DATABASES'))
  return rows.map((row) => ({
    name: row.name,
    host: row.host ?? null,
    port: row.port,
    database: row.database ?? row.name,
    poolMode: row.pool_mode ?? null,
    paused: row.paused,
    disabled: row.disabled,
  }))
}

/** SHOW CONFIG, by key. */
export async function showConfig(opened: PgbouncerConsole): Promise<ReadonlyMap<string, string>> {
  const rows = z.array(configRow).parse(await opened.query('SHOW CONFIG'))
  return new Map(rows.map(({ key, value }) => [key, value ?? '']))
}

/** Users that have a pool mode of their own, by name. */
export async function showUserModes(opened: PgbouncerConsole): Promise<ReadonlyMap<string, string>> {
  const rows = z.array(userRow).parse(await opened.query('SHOW USERS'))
  return new Map(
    rows.flatMap(({ name, pool_mode: mode }) =>
      mode === null || mode === undefined || mode === '' ? [] : [[name, mode] as const],
    ),
  )
}
