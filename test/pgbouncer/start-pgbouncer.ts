import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort } from '../postgres/free-port.ts'
import { makeOwnFolder, writeOwnFile } from '../postgres/own-folder.ts'
import { serverAccount, spawnIdentity } from '../postgres/server-account.ts'
import type { ServerGroup } from '../postgres/server-group.ts'
import type { PgbouncerProgram } from './pgbouncer-program.ts'

export interface PgbouncerOptions {
  /** A word; also the name of its folder. */
  readonly name: string
  /** Lines of `[databases]`, by name: `host=… port=… dbname=…`. */
  readonly databases: Readonly<Record<string, string>>
  /** Passwords of all who may log in, by user; PgBouncer logs in on the servers with the same. */
  readonly users: Readonly<Record<string, string>>
  /** Of `[pgbouncer]`, over transaction pooling and admin `pooler_admin`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Lines of `[users]`. */
  readonly userSettings?: Readonly<Record<string, string>>
}

export interface RunningPgbouncer {
  readonly host: '127.0.0.1'
  readonly port: number
  /** File with `[databases]`, which its configuration includes; RELOAD reads it again. */
  readonly databasesFile: string
  /** URL of its admin console. */
  readonly adminUrl: string
  url(user: string, database: string): string
  /** One statement on the admin console. */
  console(statement: string, user?: string): Promise<Record<string, unknown>[]>
  stop(): Promise<void>
}

/** Who may pause. */
export const poolerAdmin = 'pooler_admin'

/** `[databases]` as a file. */
export function databasesText(databases: PgbouncerOptions['databases']): string {
  return `[databases]\n${Object.entries(databases)
    .map(([name, where]) => `${name} = ${where}\n`)
    .join('')}`
}

/** Starts a PgBouncer in a group of servers, which ends it whatever happens. Resolved when its console answers. */
export async function startPgbouncer(
  program: PgbouncerProgram,
  group: ServerGroup,
  options: PgbouncerOptions,
): Promise<RunningPgbouncer> {
  const account = serverAccount()
  const folder = join(group.folder, `pgbouncer-${options.name}`)
  makeOwnFolder(folder, account)
  const port = await freePort()
  const databasesFile = join(folder, 'databases.ini')
  const logFile = join(folder, 'log')
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: join(folder, 'users.txt'),
    admin_users: poolerAdmin,
    pool_mode: 'transaction',
    default_pool_size: '20',
    ...options.settings,
  }
  const lines = (of: Readonly<Record<string, string>>) =>
    Object.entries(of)
      .map(([key, value]) => `${key} = ${value}\n`)
      .join('')
  writeOwnFile(databasesFile, databasesText(options.databases), account)
  writeOwnFile(
    settings.auth_file,
    Object.entries(options.users)
      .map(([user, password]) => `"${user}" "${password}"\n`)
      .join(''),
    account,
  )
  const configFile = join(folder, 'pgbouncer.ini')
  writeOwnFile(
    configFile,
    `%include ${databasesFile}\n[users]\n${lines(options.userSettings ?? {})}[pgbouncer]\n${lines(settings)}`,
    account,
  )
  const log = openSync(logFile, 'a')
  const child = spawn(program.file, [configFile], {
    cwd: folder,
    env: { ...process.env, LD_LIBRARY_PATH: program.libraries },
    stdio: ['ignore', log, log],
    ...spawnIdentity(account),
  })
  closeSync(log)
  if (child.pid === undefined) throw new Error(`${program.file} cannot be started`)
  group.watch(child.pid)
  const ended = once(child, 'exit')
  const url = (user: string, database: string) =>
    `postgres://${user}:${options.users[user] ?? ''}@127.0.0.1:${port}/${database}`
  const admin = async (statement: string, user = poolerAdmin) => {
    const client = new Client({ connectionString: url(user, 'pgbouncer') })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows
    } finally {
      await client.end()
    }
  }
  const tries = 100
  for (let tried = 0; ; tried++) {
    try {
      await admin('SHOW VERSION')
      break
    } catch (error) {
      if (child.exitCode !== null || tried === tries)
        throw new Error(`PgBouncer does not start:\n${readFileSync(logFile, 'utf8').slice(-2000)}`, {
          cause: error,
        })
      await sleep(50)
    }
  }
  return {
    host: '127.0.0.1',
    port,
    databasesFile,
    adminUrl: url(poolerAdmin, 'pgbouncer'),
    url,
    console: admin,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await ended
    },
  }
}
