import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { closeClient, openSource, openTarget, taskSessionName } from './connect.ts'
import type { ReplicationJob } from './job-contract.ts'

type Side = 'source' | 'target'

const CLOSE_TIMEOUT_MS = 3000
const CLOSE_POLL_MS = 20

/** All ordinary sessions of one attempt, so that none outlives it. */
export interface Sessions {
  open(side: Side, component: string): Promise<Client>
  close(client: Client): Promise<void>
  /** Closes a session that may be in the middle of a statement: the server ends it. */
  abort(client: Client): Promise<void>
  /**
   * Ends sessions that an earlier life of this task left on a side: after a kill, a server may still be committing what the
   * dead process sent last.
   */
  evict(side: Side): Promise<void>
  /** Ends every session and waits until the servers have really let go of them. */
  closeAll(): Promise<void>
}

export function createSessions(job: Pick<ReplicationJob, 'source' | 'target' | 'externalId'>): Sessions {
  const clients = new Map<Client, { side: Side; pid: number }>()
  let closing = false

  async function connect(side: Side, name: string): Promise<Client> {
    return side === 'source' ? openSource(job.source, name) : openTarget(job.target, name)
  }

  async function open(side: Side, component: string): Promise<Client> {
    const client = await connect(side, `${job.externalId} ${component}`)
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    clients.set(client, { side, pid: rows[0]?.pid ?? 0 })
    if (closing) {
      await close(client)
      throw new Error('Connection terminated: the task is stopping')
    }
    return client
  }

  async function close(client: Client): Promise<void> {
    clients.delete(client)
    await closeClient(client)
  }

  /** Sessions in the middle of a COPY or waiting for a lock do not notice that their client left; the server must end them. */
  async function endOn(side: Side, pids: readonly number[]): Promise<void> {
    if (pids.length === 0) return
    let control: Client
    try {
      control = await connect(side, 'control')
    } catch {
      return // nobody to ask: server gone or login refused
    }
    try {
      await endBackends(control, 'pid = ANY ($1)', [pids])
    } catch {
      // As above.
    } finally {
      await closeClient(control)
    }
  }

  return {
    open,
    close,
    async abort(client) {
      const entry = clients.get(client)
      await close(client)
      if (entry !== undefined) await endOn(entry.side, [entry.pid])
    },
    async evict(side) {
      const control = await connect(side, 'control')
      try {
        await endBackends(control, 'starts_with(application_name, $1)', [taskSessionName(job.externalId)])
      } finally {
        await closeClient(control)
      }
    },
    async closeAll() {
      closing = true
      const all = [...clients]
      clients.clear()
      await Promise.all(all.map(async ([client]) => closeClient(client)))
      const pidsOf = (side: Side): number[] =>
        all.filter(([, entry]) => entry.side === side).map(([, entry]) => entry.pid)
      await Promise.all([endOn('source', pidsOf('source')), endOn('target', pidsOf('target'))])
    },
  }
}

/** Ends backends of the own role and waits until they have gone. */
async function endBackends(control: Client, condition: string, values: readonly unknown[]): Promise<void> {
  const deadline = Date.now() + CLOSE_TIMEOUT_MS
  for (;;) {
    const { rowCount } = await control.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE ${condition} AND usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()`,
      [...values],
    )
    if (rowCount === 0 || Date.now() > deadline) return
    await sleep(CLOSE_POLL_MS)
  }
}
