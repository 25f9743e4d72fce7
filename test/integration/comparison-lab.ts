import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, escapeLiteral } from 'pg'
import { compareRows } from '../../shared/comparison/compare-rows.ts'
import { comparedTable } from '../../shared/comparison/compared-table.ts'
import type { Carrier } from '../../shared/comparison/column-rules.ts'
import {
  defaultLimits,
  type ComparedSide,
  type ComparedTable,
  type ComparisonWork,
  type TableComparison,
} from '../../shared/comparison/comparison.ts'
import { readCatalogue } from '../../shared/postgres/catalogue.ts'
import { openSession, withSession, type DatabaseLogin } from '../../shared/postgres/session.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import type { Log } from '../../shared/runtime/log.ts'
import { openServerGroup, type Major, type PostgresServer } from '../postgres/server-group.ts'

/** Two servers with a database each, replicated by PostgreSQL itself where asked for. */
export interface ComparisonLab {
  readonly source: LabSide
  readonly target: LabSide
  /** Tables of the schema `lab` that both sides have, as an action would pair them. */
  tables(carrier?: Carrier): Promise<ComparedTable[]>
  /** Compares; what is not given is as an action has it. */
  compare(some?: Partial<ComparisonWork>): Promise<TableComparison[]>
  /** Copies what is there and follows the changes, with markers. */
  replicate(): Promise<void>
  /** A marker of this moment has arrived. */
  settle(): Promise<void>
  readonly lines: string[]
  close(): Promise<void>
}

export interface LabSide extends ComparedSide {
  /** For what is not the comparison's: a connection that nothing reads but the test. */
  readonly client: Client
  readonly login: DatabaseLogin
  readonly application: string
  connect(): Promise<Client>
}

/** Opens the servers; `statements` are run on both sides, by the superuser, then those of one side. */
export async function openComparisonLab(options: {
  readonly majors?: readonly [Major, Major]
  readonly statements: readonly string[]
  readonly sourceOnly?: readonly string[]
  readonly targetOnly?: readonly string[]
  readonly targetDatabase?: string
  readonly settings?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}): Promise<ComparisonLab> {
  const group = await openServerGroup('comparison')
  const signal = options.signal ?? new AbortController().signal
  const closing: (() => Promise<unknown>)[] = [() => group.close()]
  const close = async () => {
    for (const step of closing.toReversed()) await step()
  }
  try {
    const [sourceMajor, targetMajor] = options.majors ?? [15, 17]
    const { settings = {} } = options
    const [one, other] = await Promise.all([
      group.start({ name: 'source', major: sourceMajor, settings }),
      group.start({ name: 'target', major: targetMajor, settings }),
    ])
    const source = await openSide(one, 'source', signal, '')
    closing.push(() => source.client.end())
    const target = await openSide(other, 'target', signal, options.targetDatabase ?? '')
    closing.push(() => target.client.end())
    const marker = 'create table public.marker (id uuid primary key)'
    for (const statement of [
      'create schema lab',
      marker,
      ...options.statements,
      ...(options.sourceOnly ?? []),
    ])
      await source.client.query(statement)
    for (const statement of [
      'create schema lab',
      marker,
      ...options.statements,
      ...(options.targetOnly ?? []),
    ])
      await target.client.query(statement)
    const lines: string[] = []
    let isReplicated = false
    const lab: ComparisonLab = {
      source,
      target,
      lines,
      tables: (carrier = { kind: 'logical' }) => pairedTables(source, target, signal, carrier),
      compare: async (some = {}) =>
        compareRows({
          source,
          target,
          tables: some.tables ?? (await lab.tables()),
          settle: () => lab.settle(),
          limits: defaultLimits,
          masked: false,
          clock: systemClock,
          signal,
          log: logInto(lines),
          ...some,
        }),
      replicate: async () => {
        isReplicated = true
        await startReplication(one.superuserUrl, source.client, target.client)
        closing.push(() => target.client.query('drop subscription lab'))
      },
      settle: async () => {
        if (!isReplicated) return
        const id = randomUUID()
        await source.client.query('insert into public.marker values ($1)', [id])
        const until = performance.now() + 20_000
        for (;;) {
          const { rowCount } = await target.client.query('select from public.marker where id = $1', [id])
          if (rowCount === 1) return
          if (performance.now() > until) throw new Error('the marker did not arrive within 20 s')
          await sleep(3)
        }
      },
      close,
    }
    return lab
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Has the target apply changes late, by almost half a second now and then, as DMS does by seconds: PostgreSQL's own replication
 * is otherwise so quick that two snapshots are often alike. The table has an `id`; what is copied at first is not to be held up, so that
 * these are for later.
 */
export function lagging(table: string): string[] {
  return [
    `create function public.dawdle() returns trigger language plpgsql as 'begin perform pg_catalog.pg_sleep(0.4); return new; end'`,
    `create trigger dawdle before insert or update on ${table} for each row when (new.id % 400 = 7) execute function public.dawdle()`,
    `alter table ${table} enable replica trigger dawdle`,
  ]
}

/** What a comparison without a marker would tell: rows that differ in two snapshots, taken at the same time. `table` has an `id`. */
export async function naiveDifferences(lab: ComparisonLab, table: string): Promise<number> {
  const read = `select id::text as id, hashtext(o::text)::text as hash from ${table} as o`
  const [source, target] = await Promise.all(
    [lab.source, lab.target].map(
      async ({ client }) => (await client.query<{ id: string; hash: string }>(read)).rows,
    ),
  )
  const there = new Map(target?.map(({ id, hash }) => [id, hash]))
  return source?.filter(({ id, hash }) => there.get(id) !== hash).length ?? 0
}

async function openSide(
  server: PostgresServer,
  label: string,
  signal: AbortSignal,
  databaseOptions: string,
): Promise<LabSide> {
  const first = new Client({ connectionString: server.superuserUrl })
  await first.connect()
  await first.query(`create database lab template template0 encoding 'UTF8' ${databaseOptions}`)
  await first.end()
  const url = new URL(server.superuserUrl)
  url.pathname = '/lab'
  const connect = async () => {
    const client = new Client({ connectionString: url.href })
    // A server that ends fails what is being asked, which says so.
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  const application = `comparison ${randomUUID().slice(0, 8)}`
  const login: DatabaseLogin = {
    host: server.host,
    port: server.port,
    database: 'lab',
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    tls: 'disable',
  }
  return {
    client: await connect(),
    login,
    application,
    connect,
    open: (settings) => openSession(login, { label, application, signal, settings }),
  }
}

/** Pairs what both catalogues have by name. */
async function pairedTables(
  source: LabSide,
  target: LabSide,
  signal: AbortSignal,
  carrier: Carrier,
): Promise<ComparedTable[]> {
  const read = async ({ login, application }: LabSide, label: string) =>
    withSession(login, { label, application, signal }, (session) =>
      readCatalogue(session, { tables: { include: ['lab.%'], exclude: [] } }),
    )
  const [here, there] = await Promise.all([read(source, 'source'), read(target, 'target')])
  return here.planned.flatMap((table) => {
    const twin = there.planned.find(
      ({ schema, table: name }) => schema === table.schema && name === table.table,
    )
    return twin === undefined ? [] : [comparedTable(table, twin, carrier)]
  })
}

async function startReplication(sourceUrl: string, source: Client, target: Client): Promise<void> {
  const url = new URL(sourceUrl)
  url.pathname = '/lab'
  await source.query(
    'create publication lab for tables in schema lab, public with (publish_via_partition_root = false)',
  )
  await target.query(
    `create subscription lab connection ${escapeLiteral(url.href)} publication lab with (copy_data = true)`,
  )
  for (;;) {
    const { rows } = await target.query<{ unfinished: string }>(
      "select count(*) filter (where srsubstate <> 'r') as unfinished from pg_subscription_rel",
    )
    if (rows[0]?.unfinished === '0') return
    await sleep(20)
  }
}

function logInto(lines: string[]): Log {
  const say = (text: string) => {
    lines.push(text)
  }
  return { line: say, debug: say, warn: say, group: (_title, work) => work() }
}
