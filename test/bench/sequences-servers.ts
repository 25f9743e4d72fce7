import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { openSession, type DatabaseLogin, type Session } from '../../shared/postgres/session.ts'
import { setSequences, type SequenceName } from '../../shared/sequences/sequences.ts'
import { syncSequences } from '../../shared/sequences/sync-sequences.ts'
import { openServerGroup, type Major, type ServerGroup } from '../postgres/server-group.ts'
import { openDelayedLink, type DelayedLink } from './delayed-link.ts'

const count = 10_000
/** Most statements that a sync may send to one side. */
const mostRoundTrips = 3

/** Each gives the milliseconds that it took, and throws where the target does not stand as the source afterwards. */
export interface SequenceServers {
  /** Reads both sides, sets all of them, reads again. */
  readonly sync: () => Promise<number>
  /** The same by a call for each sequence: its value on the source, then setval on the target. */
  readonly syncOneByOne: () => Promise<number>
  /** Sets all of them, the values being known. */
  readonly set: () => Promise<number>
  readonly setOneByOne: () => Promise<number>
  close(): Promise<void>
}

const create = readFileSync(new URL('./sql/create-bench-sequences.sql', import.meta.url), 'utf8')

interface Side {
  readonly session: Session
  /** A connection as psql has it, to the same place. */
  readonly plain: Client
  readonly superuser: Client
  readonly link: DelayedLink | undefined
}

/** Two servers with 10,000 sequences each, reached directly or over a network of `delayMs`. */
export async function openSequenceServers(delayMs: number, signal: AbortSignal): Promise<SequenceServers> {
  const group = await openServerGroup('sequences bench')
  try {
    const [source, target] = await Promise.all([
      openSide(group, 'source', 15, delayMs, signal),
      openSide(group, 'target', 17, delayMs, signal),
    ])
    const { rows: names } = await source.superuser.query<SequenceName>(
      'select schemaname as schema, sequencename as sequence from pg_sequences order by 1, 2',
    )
    if (names.length !== count) throw new Error(`${names.length} sequences, not ${count}`)
    let position = 1n
    /** All of the source move on; gives where they stand. */
    const move = async () => {
      position += 10n
      await source.superuser.query(
        `select count(setval(format('%I.%I', schemaname, sequencename)::regclass, $1)) from pg_sequences`,
        [position.toString()],
      )
      return position.toString()
    }
    const timed = async (work: (value: string) => Promise<void>) => {
      signal.throwIfAborted()
      const value = await move()
      const startedAt = performance.now()
      await work(value)
      const ms = performance.now() - startedAt
      const { rows } = await target.superuser.query<{ there: string }>(
        'select count(*) as there from pg_sequences where last_value = $1',
        [value],
      )
      if (rows[0]?.there !== String(count)) throw new Error(`only ${rows[0]?.there} stand at ${value}`)
      return ms
    }
    return {
      sync: () =>
        timed(async () => {
          const before = [source.session.roundTrips, target.session.roundTrips] as const
          const order = { names, margin: 0n, dryRun: false }
          const { behind } = await syncSequences(source.session, target.session, order)
          const sent = [source.session.roundTrips - before[0], target.session.roundTrips - before[1]]
          if (behind.length > 0) throw new Error(`${behind.length} are behind`)
          if (Math.max(...sent) > mostRoundTrips) throw new Error(`${sent.join(' and ')} round trips`)
        }),
      syncOneByOne: () =>
        timed(async () => {
          for (const { schema, sequence } of names) {
            const { rows } = await source.plain.query<{ last_value: string; is_called: boolean }>(
              `select last_value, is_called from "${schema}"."${sequence}"`,
            )
            const [state] = rows
            await setOne(target.plain, { schema, sequence }, state?.last_value ?? '')
          }
        }),
      set: () =>
        timed(async (value) => {
          await setSequences(
            target.session,
            names.map((name) => ({ ...name, value, called: true })),
          )
        }),
      setOneByOne: () =>
        timed(async (value) => {
          for (const name of names) await setOne(target.plain, name, value)
        }),
      close: async () => {
        for (const side of [source, target]) {
          await side.session.close()
          await side.plain.end()
          await side.superuser.end()
          await side.link?.close()
        }
        await group.close()
      },
    }
  } catch (error) {
    await group.close()
    throw error
  }
}

async function setOne(client: Client, { schema, sequence }: SequenceName, value: string): Promise<void> {
  await client.query(`select setval('"${schema}"."${sequence}"', ${value}, true)`)
}

async function openSide(
  group: ServerGroup,
  name: 'source' | 'target',
  major: Major,
  delayMs: number,
  signal: AbortSignal,
): Promise<Side> {
  const server = await group.start({ name, major, settings: { shared_buffers: '256MB' } })
  const superuser = await connect(server.superuserUrl)
  await superuser.query('create schema counted')
  for (const part of ['1', '2', '3', '4']) {
    await superuser.query(`select set_config('bench.part', $1, false)`, [part])
    await superuser.query(create)
  }
  await superuser.query('analyze')
  const link = delayMs > 0 ? await openDelayedLink(server.port, delayMs) : undefined
  const url = new URL(server.superuserUrl)
  url.port = String(link?.port ?? server.port)
  const login: DatabaseLogin = {
    host: url.hostname,
    port: Number(url.port),
    database: url.pathname.slice(1),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    tls: 'disable',
  }
  return {
    superuser,
    plain: await connect(url.href),
    session: await openSession(login, { label: name, application: 'sequences bench', signal }),
    link,
  }
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  // A server that ends fails what is being asked, which says so.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
