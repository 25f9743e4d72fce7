import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import type { ChaosLab } from './chaos-lab.ts'
import type { Direction } from './chaos-case.ts'
import { sidesOf } from './claims.ts'
import { failOver } from './fail-over.ts'
import type { Trouble } from './schedule.ts'
import type { ActionRun, RunEnd } from './action-runs.ts'

/** What a trouble is made to. */
export interface Victim {
  readonly lab: ChaosLab
  readonly direction: Direction
  readonly run: ActionRun
  /** Second runs beside it, to be awaited. */
  readonly beside: Promise<RunEnd>[]
  /** What a server goes through, one thing after another. */
  readonly servers: Record<'source' | 'target', Promise<void>>
}

/** Makes the trouble; resolves when it is over. */
export async function makeTrouble(trouble: Trouble, victim: Victim): Promise<void> {
  const { lab, direction, run } = victim
  const { from } = sidesOf[direction]
  switch (trouble.kind) {
    case 'kill':
      run.signal('SIGKILL')
      return
    case 'stop':
      run.signal('SIGSTOP')
      await delay(trouble.lastsMs)
      run.signal('SIGCONT')
      return
    case 'cut':
      lab.network.cut(run.pid)
      await delay(trouble.lastsMs)
      lab.network.heal()
      return
    case 'reset':
      lab.network.reset(trouble.place)
      return
    case 'restart':
    case 'failover':
      victim.servers[trouble.side] = victim.servers[trouble.side].then(async () => shake(lab, trouble))
      return victim.servers[trouble.side]
    case 'throttle':
    case 'aws-error':
    case 'aws-cut':
      return troubleAws(lab, trouble)
    case 'second-run':
      victim.beside.push((await lab.start(direction, { runId: '200' })).ended)
      return
    case 'delay':
      await lab.change({ replicationDelayMs: trouble.ms })
      await delay(trouble.lastsMs)
      await lab.change({ replicationDelayMs: 0 })
      return
    case 'autovacuum':
    case 'long-transaction':
    case 'ddl':
      return unlessRestarted(troubleDatabase(lab, from, trouble))
  }
}

/** Everything that troubles have left switched on. */
export async function calm(lab: ChaosLab): Promise<void> {
  lab.network.heal()
  await lab.clearFaults()
  await lab.change({ replicationDelayMs: 0 })
  for (const side of ['source', 'target'] as const) {
    for (const name of Object.keys(eagerAutovacuum)) await lab.servers.sql(side, `alter system reset ${name}`)
    await lab.servers.sql(side, 'select pg_reload_conf()')
    await lab.servers.sql(side, 'drop table if exists shop.late')
  }
}

async function shake(
  lab: ChaosLab,
  trouble: Extract<Trouble, { kind: 'restart' | 'failover' }>,
): Promise<void> {
  const server = lab.servers[trouble.side]
  if (trouble.kind === 'restart') await server.restart(trouble.mode)
  else await failOver(server, (text) => lab.servers.sql(trouble.side, text))
}

async function troubleAws(
  lab: ChaosLab,
  trouble: Extract<Trouble, { kind: 'throttle' | 'aws-error' | 'aws-cut' }>,
): Promise<void> {
  if (trouble.kind === 'throttle') {
    await lab.addFault({ effect: { kind: 'throttle', ratio: trouble.ratio } })
    await delay(trouble.lastsMs)
    await lab.clearFaults()
  } else if (trouble.kind === 'aws-error') {
    const effect = {
      kind: 'error',
      name: 'InternalFailure',
      message: 'an internal failure',
      status: 500,
    } as const
    await lab.addFault({ operation: trouble.operation, times: trouble.times, effect })
  } else {
    const effect = { kind: 'cut', when: trouble.when } as const
    await lab.addFault({ operation: trouble.operation, times: 1, effect })
  }
}

async function troubleDatabase(
  lab: ChaosLab,
  side: 'source' | 'target',
  trouble: Extract<Trouble, { kind: 'autovacuum' | 'long-transaction' | 'ddl' }>,
): Promise<void> {
  if (trouble.kind === 'autovacuum') return autovacuum(lab, side, trouble.lastsMs)
  if (trouble.kind === 'long-transaction') return longTransaction(lab, side, trouble.lastsMs)
  await lab.servers.sql(side, 'create table if not exists shop.late (id integer primary key)')
  await delay(trouble.lastsMs)
  await lab.servers.sql(side, 'drop table if exists shop.late')
}

/** Another trouble may take the server away meanwhile; that is no fault of anybody. */
async function unlessRestarted(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
    if (!/^(?:57P|08|E[A-Z]+$)/u.test(code) && !/terminated/u.test(String(error))) throw error
  })
}

/** The server's own workers, as often and as slow as they can be: they hold tables for as long as nobody wants them. */
const eagerAutovacuum = {
  autovacuum_naptime: '1s',
  autovacuum_vacuum_threshold: '1',
  autovacuum_vacuum_scale_factor: '0',
  autovacuum_vacuum_cost_delay: '100ms',
  autovacuum_vacuum_cost_limit: '1',
  autovacuum: 'on',
} as const

async function autovacuum(lab: ChaosLab, side: 'source' | 'target', lastsMs: number): Promise<void> {
  for (const [name, value] of Object.entries(eagerAutovacuum))
    await lab.servers.sql(side, `alter system set ${name} = '${value}'`)
  await lab.servers.sql(side, 'select pg_reload_conf()')
  await delay(lastsMs)
}

/** Idle in a transaction that has written, as a forgotten psql is. */
async function longTransaction(lab: ChaosLab, side: 'source' | 'target', lastsMs: number): Promise<void> {
  const client = new Client({ connectionString: lab.servers.url(side), application_name: 'forgotten' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query("begin; insert into shop.products (name, stock) values ('forgotten', 1)")
    await delay(lastsMs)
    await client.query('commit')
  } catch {
    // The fence ended it: so it must be.
  } finally {
    await client.end().catch(() => undefined)
  }
}
