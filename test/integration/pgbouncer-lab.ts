import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { PlannedSwitch } from '../../shared/migration/planned-switch.ts'
import type { ClientTools } from '../../shared/cutover/switchers/client-tools.ts'
import { pausersOf } from '../../shared/cutover/pausers/pausers-of.ts'
import { switchersOf } from '../../shared/cutover/switchers/switchers-of.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import type { PgbouncerProgram } from '../pgbouncer/pgbouncer-program.ts'
import { startPgbouncer, type PgbouncerOptions, type RunningPgbouncer } from '../pgbouncer/start-pgbouncer.ts'
import { openServerGroup, type PostgresServer, type ServerGroup } from '../postgres/server-group.ts'
import { openTestEmulator, type TestEmulator } from '../emulator/open-test-emulator.ts'

/** Two servers with an empty table `public.written` in their database `postgres`, and one or more PgBouncers before them. */
export interface PoolerLab {
  readonly program: PgbouncerProgram
  readonly group: ServerGroup
  readonly from: PostgresServer
  readonly to: PostgresServer
  readonly aws: TestEmulator
  /** Lines that were logged. */
  readonly lines: string[]
  /** A PgBouncer whose database `shop` is on `from`; its name is that of its admin's environment variable, too. */
  pooler(name: string, more?: Partial<PgbouncerOptions>): Promise<RunningPgbouncer>
  entry(
    poolers: readonly string[],
    more?: Partial<PlannedSwitch & { kind: 'pgbouncer' }>,
  ): PlannedSwitch & { kind: 'pgbouncer' }
  parties(
    entry: PlannedSwitch,
    freezeBudgetMs?: number,
  ): {
    readonly pauser: ReturnType<typeof pausersOf>[number]
    readonly switcher: ReturnType<typeof switchersOf>[number]
  }
  address(of: PostgresServer): { host: string; port: number; database: string }
  close(): Promise<void>
}

const users = (server: PostgresServer) => {
  const { username, password } = new URL(server.superuserUrl)
  return { [username]: decodeURIComponent(password) }
}

/** Opens the lab. The two servers have one superuser with one password, as a migrated pair has one application role. */
export async function openPoolerLab(label: string, program: PgbouncerProgram): Promise<PoolerLab> {
  const group = await openServerGroup(label)
  const [from, to] = await Promise.all([
    group.start({ name: 'from', major: 15 }),
    group.start({ name: 'to', major: 17 }),
  ])
  const aws = await openTestEmulator()
  for (const server of [from, to])
    await sql(
      server,
      `create role app login password 'app-password-123'; create table written (id text primary key); grant select, insert on written to app`,
    )
  const lines: string[] = []
  const log = {
    line: (text: string) => void lines.push(text),
    debug: () => undefined,
    warn: (text: string) => void lines.push(text),
    group: <T>(_: string, work: () => Promise<T>) => work(),
  }
  const tools: ClientTools = { ...aws, clock: systemClock, log, migration: 'shop', close: () => undefined }
  const files: string[] = []
  const lab: PoolerLab = {
    program,
    group,
    from,
    to,
    aws,
    lines,
    async pooler(name, more = {}) {
      const running = await startPgbouncer(program, group, {
        name: name.toLowerCase().replaceAll('_', '-'),
        databases: { shop: `host=127.0.0.1 port=${from.port} dbname=postgres` },
        users: {
          ...users(from),
          app: 'app-password-123',
          pooler_admin: 'admin-password-1',
        },
        ...(more.settings === undefined ? {} : { settings: more.settings }),
        ...(more.userSettings === undefined ? {} : { userSettings: more.userSettings }),
        ...(more.databases === undefined ? {} : { databases: more.databases }),
      })
      process.env[name] = running.adminUrl
      files.push(running.databasesFile)
      return running
    },
    entry: (poolers, more = {}) => ({
      kind: 'pgbouncer',
      admin: poolers.map((name) => ({ 'url-env': name, tls: 'disable' as const })),
      database: 'shop',
      reload: {
        command: files
          .map(
            (file) =>
              `printf '[databases]\\nshop = host=%s port=%s dbname=%s\\n' "$AURORA_MIGRATION_HOST" "$AURORA_MIGRATION_PORT" "$AURORA_MIGRATION_DATABASE" > '${file}' && echo written`,
          )
          .join(' && '),
        timeout: 10_000,
      },
      'pause-timeout': 5000,
      ...more,
    }),
    parties(entry, freezeBudgetMs = 20_000) {
      const cutover = {
        switches: [entry],
        quiesce: [],
        freezeBudgetMs,
        staleReads: 'refuse' as const,
      }
      const [pauser] = pausersOf({ cutover }, tools)
      const [switcher] = switchersOf({ cutover }, tools, {
        to: 'target',
        tryLogin: () => Promise.resolve({ outcome: 'guarded', message: '' }),
      })
      if (pauser === undefined || switcher === undefined) throw new Error('no parties')
      return { pauser, switcher }
    },
    address: ({ host, port }) => ({ host, port, database: 'postgres' }),
    async close() {
      await aws.close()
      await group.close()
    },
  }
  return lab
}

/** Runs SQL as superuser and gives the rows of the last statement. */
export async function sql(server: PostgresServer, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: server.superuserUrl })
  await client.connect()
  try {
    const result: unknown = await client.query(statement)
    const last = Array.isArray(result) ? (result as unknown[]).at(-1) : result
    return (last as { rows: Record<string, unknown>[] }).rows
  } finally {
    await client.end()
  }
}

/** Writers that each keep one connection, like an application's pool; every transaction waits a little inside. */
export function startWriters(url: string, count: number) {
  const acknowledged: string[] = []
  const errors: string[] = []
  let longestMs = 0
  let stopped = false
  const writers = Array.from({ length: count }, async (_, writer) => {
    const client = new Client({ connectionString: url })
    client.on('error', (error) => errors.push(error.message))
    await client.connect()
    for (let number = 0; !stopped; number++) {
      const id = `${writer}-${number}`
      const begun = performance.now()
      try {
        await client.query('begin')
        await client.query(`insert into written values ('${id}')`)
        await client.query('commit')
        acknowledged.push(id)
      } catch (error) {
        errors.push(error instanceof Error ? error.message : String(error))
        stopped = true
      }
      longestMs = Math.max(longestMs, performance.now() - begun)
      await sleep(5)
    }
    await client.end()
  })
  return {
    acknowledged,
    errors,
    longestMs: () => longestMs,
    async stop() {
      stopped = true
      await Promise.all(writers)
    },
  }
}
