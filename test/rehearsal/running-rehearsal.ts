import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { parseConfig } from '../emulator/config.ts'
import type { Fault } from '../emulator/start-emulator.ts'
import { SAMPLE_DATABASE } from '../workload/sample-layout.ts'
import type { RehearsalCommand } from './rehearsal-command.ts'
import { processesBelow, readProc } from './rehearsal-traces.ts'

/** A way into a rehearsal that another process runs, for tests that must hit a moment. */
export interface RunningRehearsal {
  /** Arms a fault in its emulator. */
  addFault(fault: Fault): Promise<void>
  /** Changes how long its emulator's DMS takes. */
  delayReplication(ms: number): Promise<void>
  /** Waits until a count on one side is above 0; fails after 30 s. */
  untilCounted(side: 'source' | 'target', count: string): Promise<void>
  /** Leaves a backend of the source busy in a loop that never looks up. */
  keepBusy(): Promise<void>
}

/** Looks at a rehearsal whose writers have been started. */
export async function enterRehearsal(command: RehearsalCommand, out: string): Promise<RunningRehearsal> {
  const endpoint = await endpointOf(command.pid)
  const { secrets } = parseConfig(JSON.parse(readFileSync(join(out, 'work', 'aws', 'config.json'), 'utf8')))
  const connect = async (side: 'source' | 'target'): Promise<Client> => {
    const secret = secrets[`shop/${side}/migrator`] ?? {}
    const client = new Client({
      host: String(secret.host),
      port: Number(secret.port),
      user: String(secret.username),
      password: String(secret.password),
      database: SAMPLE_DATABASE,
    })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  const post = async (path: string, body: unknown): Promise<void> => {
    const answer = await fetch(`${endpoint}/_emulator/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(await answer.text())
  }
  return {
    addFault: (fault) => post('faults', fault),
    delayReplication: (replicationDelayMs) => post('knobs', { replicationDelayMs }),
    async untilCounted(side, count) {
      const client = await connect(side)
      const deadline = performance.now() + 30_000
      try {
        for (;;) {
          const { rows } = await client.query<{ above: boolean }>(`select (${count}) > 0 as above`)
          if (rows[0]?.above === true) return
          if (performance.now() > deadline) throw new Error(`never above 0 on the ${side}: ${count}`)
          await sleep(20)
        }
      } finally {
        await client.end()
      }
    },
    async keepBusy() {
      const client = await connect('source')
      client
        .query('select count(*) from (select generate_series(1, 1000000000000)) as numbers')
        .catch(() => undefined)
    },
  }
}

/** Where its AWS is: its writers have it in their environment. */
async function endpointOf(pid: number): Promise<string> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; await sleep(50)) {
    const writers = processesBelow(pid).find(({ command }) => command[1]?.endsWith('/workload/main.ts'))
    const found =
      writers && readProc(writers.pid, 'environ').find((text) => text.startsWith('AWS_ENDPOINT_URL='))
    if (found !== undefined) return found.slice(found.indexOf('=') + 1)
  }
  throw new Error('the rehearsal has no writers')
}
