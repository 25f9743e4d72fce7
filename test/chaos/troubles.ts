import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import type { ChaosLab } from './chaos-lab.ts'
import type { Direction } from './chaos-case.ts'
import { sidesOf } from './claims.ts'
import { failOver } from './fail-over.ts'
import type { Trouble } from './schedule.ts'
import type { ActionRun, RunEnd } from './warm-processes.ts'

/** What a trouble is made to. */
export interface Victim {
  readonly lab: ChaosLab
  readonly direction: Direction
  readonly run: ActionRun
  /** Second runs beside it, to be awaited. */
  readonly beside: Promise<RunEnd>[]
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
      await lab.servers[trouble.side].restart(trouble.mode)
      return
    case 'failover':
      return failOver(lab.servers[trouble.side], (text) => lab.servers.sql(trouble.side, text))
    case 'throttle':
      await lab.addFault({ effect: { kind: 'throttle', ratio: trouble.ratio } })
      await delay(trouble.lastsMs)
      await lab.clearFaults()
      return
    case 'aws-error':
      return lab.addFault({
        operation: trouble.operation,
        times: trouble.times,
        effect: { kind: 'error', name: 'InternalFailure', message: 'an internal failure', status: 500 },
      })
    case 'aws-cut':
      return lab.addFault({
        operation: trouble.operation,
        times: 1,
        effect: { kind: 'cut', when: trouble.when },
      })
    case 'second-run':
      victim.beside.push((await lab.start(direction, { runId: '200' })).ended)
      return
    case 'delay':
      await lab.change({ replicationDelayMs: trouble.ms })
      await delay(trouble.lastsMs)
      await lab.change({ replicationDelayMs: 0 })
      return
    case 'autovacuum':
      return autovacuum(lab, from, trouble.lastsMs)
    case 'long-transaction':
      return longTransaction(lab, from, trouble.lastsMs)
    case 'ddl':
      await lab.servers.sql(from, 'create table if not exists shop.late (id integer primary key)')
      await delay(trouble.lastsMs)
      await lab.servers.sql(from, 'drop table if exists shop.late')
      return
  }
}

/** The server's own workers, as often and as slow as they can be: they hold tables for as long as nobody wants them. */
async function autovacuum(lab: ChaosLab, side: 'source' | 'target', lastsMs: number): Promise<void> {
  const eager = {
    autovacuum_naptime: '1s',
    autovacuum_vacuum_threshold: '1',
    autovacuum_vacuum_scale_factor: '0',
    autovacuum_vacuum_cost_delay: '100ms',
    autovacuum_vacuum_cost_limit: '1',
    autovacuum: 'on',
  }
  const every = async (statement: (name: string, value: string) => string) => {
    for (const [name, value] of Object.entries(eager)) await lab.servers.sql(side, statement(name, value))
    await lab.servers.sql(side, 'select pg_reload_conf()')
  }
  await every((name, value) => `alter system set ${name} = '${value}'`)
  await delay(lastsMs)
  await every((name) => `alter system reset ${name}`)
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
