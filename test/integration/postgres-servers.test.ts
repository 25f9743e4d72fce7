import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { descendants, listProcesses } from '../postgres/process-table.ts'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer, ServerGroup } from '../postgres/server-group.ts'
import { listSegments } from '../postgres/shared-memory.ts'

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined) // a server that is killed also fails the query
  try {
    await client.connect()
    const { rows } = await client.query<Record<string, unknown>>(sql)
    return rows
  } finally {
    await client.end()
  }
}

async function value(url: string, sql: string): Promise<unknown> {
  const [row] = await ask(url, sql)
  return Object.values(row ?? {})[0]
}

function postmasterPid(server: PostgresServer): number {
  return Number(readFileSync(join(server.dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0])
}

describe('a group of servers', () => {
  let group: ServerGroup
  let source: PostgresServer
  let target: PostgresServer

  beforeAll(async () => {
    group = await openServerGroup('both majors')
    ;[source, target] = await Promise.all([
      group.start({ name: 'source', major: 15 }),
      group.start({
        name: 'target',
        major: 17,
        settings: { fsync: 'on', work_mem: '5MB', log_line_prefix: "it's \\ %m " },
      }),
    ])
  })
  afterAll(() => group.close())

  test('has both majors side by side, with the settings that a migration needs', async () => {
    for (const [server, major] of [
      [source, 15],
      [target, 17],
    ] as const) {
      const [row] = await ask(
        server.superuserUrl,
        `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('wal_level') AS wal_level,
                current_setting('max_connections') AS max_connections, current_setting('timezone') AS timezone,
                current_setting('cluster_name') AS cluster_name, current_setting('data_directory') AS data_directory,
                current_setting('max_locks_per_transaction') AS locks, current_setting('server_encoding') AS encoding,
                current_user::text AS role`,
      )
      expect(row).toEqual({
        major,
        wal_level: 'logical',
        max_connections: '120',
        timezone: 'UTC',
        cluster_name: server.name,
        data_directory: server.dataFolder,
        locks: '256',
        encoding: 'UTF8',
        role: 'bootstrap',
      })
    }
  })

  test('takes settings of the caller', async () => {
    expect(await value(source.superuserUrl, 'SHOW fsync')).toBe('off')
    expect(await value(target.superuserUrl, 'SHOW fsync')).toBe('on')
    expect(await value(target.superuserUrl, 'SHOW work_mem')).toBe('5MB')
    expect(await value(target.superuserUrl, 'SHOW log_line_prefix')).toBe("it's \\ %m ")
  })

  test('lets nobody in with the password of the template, a wrong one, or none', async () => {
    const version =
      /^\d+\.\d+/.exec(String(await value(target.superuserUrl, 'SHOW server_version')))?.[0] ?? ''
    const template = join(group.folder, '..', '..', 'templates')
    const folder = readdirSync(template).find((name) => name.startsWith(version)) ?? 'none'
    const known = readFileSync(join(template, folder, 'password'), 'utf8')
    expect(known).toMatch(/^[0-9a-f]{48}$/)
    for (const password of [known, 'wrong']) {
      const url = target.url({ user: 'bootstrap', password }, 'postgres')
      await expect(ask(url, 'SELECT 1')).rejects.toThrow('password authentication failed')
    }
  })

  test('encodes every part of a URL', async () => {
    // A database name with / ? or # is encoded as libpq wants it, which the driver used here does not understand.
    await ask(source.superuserUrl, `CREATE ROLE "o'dd @/:?#" LOGIN PASSWORD 'p@ss/:?#%'`)
    await ask(source.superuserUrl, 'CREATE DATABASE "100% odd ""é"" db"')
    const url = source.url({ user: "o'dd @/:?#", password: 'p@ss/:?#%' }, '100% odd "é" db')
    expect(await ask(url, 'SELECT current_user::text AS role, current_database()::text AS database')).toEqual(
      [{ role: "o'dd @/:?#", database: '100% odd "é" db' }],
    )
  })

  test.each([15, 17] as const)(
    '%i has extensions, logical slots, and parallel workers without /dev/shm',
    async (major) => {
      const { superuserUrl } = major === 15 ? source : target
      for (const extension of [
        'pgcrypto',
        'hstore',
        'citext',
        '"uuid-ossp"',
        'pg_stat_statements',
        'postgres_fdw',
      ]) {
        await ask(superuserUrl, `CREATE EXTENSION ${extension}`)
      }
      expect(await value(superuserUrl, `SELECT encode(digest('a', 'sha256'), 'hex')`)).toMatch(
        /^ca978112ca1bbdca/,
      )

      await ask(superuserUrl, `SELECT pg_create_logical_replication_slot('probe', 'test_decoding')`)
      await ask(superuserUrl, 'CREATE TABLE seen AS SELECT n FROM generate_series(1, 50000) AS n')
      const changes = await ask(
        superuserUrl,
        `SELECT data FROM pg_logical_slot_get_changes('probe', NULL, 1)`,
      )
      expect(changes.some((change) => String(change['data']).startsWith('table public.seen: INSERT'))).toBe(
        true,
      )

      const settings = ['parallel_setup_cost=0', 'parallel_tuple_cost=0', 'min_parallel_table_scan_size=0']
      const options = settings.map((setting) => `-c ${setting}`).join(' ')
      const plan = await ask(
        `${superuserUrl}?options=${encodeURIComponent(options)}`,
        'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT count(*) FROM seen',
      )
      expect(JSON.stringify(plan)).toMatch(/Workers Launched: [1-9]/)
    },
  )
})

describe('a server', () => {
  let group: ServerGroup
  let server: PostgresServer

  beforeAll(async () => {
    group = await openServerGroup('one server')
    server = await group.start({ name: 'source', major: 17 })
    await ask(server.superuserUrl, 'CREATE TABLE kept (n int)')
  })
  afterAll(() => group.close())

  test('comes back after a crash with what was committed, on the same port, though a backend was busy', async () => {
    await ask(server.superuserUrl, 'INSERT INTO kept VALUES (1)')
    const { port } = server
    const busy = ask(
      server.superuserUrl,
      'SELECT count(*) FROM (SELECT generate_series(1, 1000000000000)) AS n',
    )
    const ending = busy.then(() => 'answered', String)
    const active =
      "SELECT count(*)::int FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series%'"
    await vi.waitFor(async () => expect(await value(server.superuserUrl, active)).toBe(2))
    const pid = postmasterPid(server)
    const family = descendants([pid], listProcesses()).map((row) => row.pid)
    expect(family.length).toBeGreaterThan(3)

    await server.kill()
    expect(await ending).toContain('Connection terminated unexpectedly')
    const running = new Set(listProcesses().map((row) => row.pid))
    expect([pid, ...family].filter((each) => running.has(each))).toEqual([])
    await expect(ask(server.superuserUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')

    await server.start()
    expect(server.port).toBe(port)
    expect(await ask(server.superuserUrl, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
    expect(readFileSync(server.logFile, 'utf8')).toContain('redo done')
  })

  test('stops and starts, stops twice without complaint, and refuses to start twice', async () => {
    await expect(server.start()).rejects.toThrow('running already')
    await server.stop()
    await server.stop()
    await server.kill()
    await server.start()
    await server.restart('immediate')
    expect(await value(server.superuserUrl, 'SELECT count(*)::int FROM kept')).toBe(1)
  })

  test('is not the same cluster as a second one of its major', async () => {
    const second = await group.start({ name: 'second', major: 17 })
    const identifier = 'SELECT system_identifier FROM pg_control_system()'
    expect(await value(second.superuserUrl, identifier)).not.toBe(
      await value(server.superuserUrl, identifier),
    )
  })

  test('that cannot start says why, with its log', async () => {
    await expect(
      group.start({ name: 'broken', major: 17, settings: { max_connections: 'many' } }),
    ).rejects.toThrow(/ended while starting[^]*invalid value for parameter "max_connections": "many"/)
  })

  test('is asked for by a plain name that is not taken', async () => {
    await expect(group.start({ name: 'source', major: 17 })).rejects.toThrow('has a server "source" already')
    await expect(group.start({ name: '../x', major: 17 })).rejects.toThrow('"../x" is no server name')
  })
})

test('a closed group leaves no process, no shared memory, no folder, and takes watched processes with it', async () => {
  const group = await openServerGroup('closed')
  const server = await group.start({ name: 'source', major: 15 })
  const pid = postmasterPid(server)
  const watched = spawn('sleep', ['600'], { stdio: 'ignore' })
  const ended = new Promise((resolve) => watched.once('exit', (_code, signal) => resolve(signal)))
  group.watch(watched.pid ?? 0)
  const family = descendants([process.pid], listProcesses()).map((row) => row.pid)
  expect(family).toEqual(expect.arrayContaining([pid, watched.pid]))
  expect(listSegments().filter((segment) => segment.creatorPid === pid)).toHaveLength(1)

  await Promise.all([group.close(), group.close()])
  expect(await ended).toBe('SIGKILL')
  const running = new Set(listProcesses().map((row) => row.pid))
  expect(family.filter((each) => running.has(each))).toEqual([])
  expect(listSegments().filter((segment) => segment.creatorPid === pid)).toEqual([])
  expect(existsSync(group.folder)).toBe(false)
  await expect(group.start({ name: 'late', major: 15 })).rejects.toThrow('closed')
})
