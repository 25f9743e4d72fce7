import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import type { ChaosServers, Side } from './chaos-servers.ts'

const readDecisions = readFileSync(new URL('./sql/read-decisions.sql', import.meta.url), 'utf8')

/** What is true of one database. */
export interface SideTruth {
  /** Phase and generation of its row, `-` where there is none. */
  readonly phase: string
  readonly generation: string
  /** Application roles that a fresh session lets write; nothing is left of the write. */
  readonly writable: readonly string[]
}

export interface Truth {
  readonly source: SideTruth
  readonly target: SideTruth
}

/** The deciding rows alone, as a superuser. */
export async function readPhases(servers: ChaosServers): Promise<Record<Side, Omit<SideTruth, 'writable'>>> {
  const [source, target] = await Promise.all([phaseOf(servers, 'source'), phaseOf(servers, 'target')])
  return { source, target }
}

/** Rows, and a write tried as every application role on both sides. */
export async function readTruth(servers: ChaosServers): Promise<Truth> {
  const phases = await readPhases(servers)
  const [source, target] = await Promise.all([writers(servers, 'source'), writers(servers, 'target')])
  return {
    source: { ...phases.source, writable: source },
    target: { ...phases.target, writable: target },
  }
}

async function phaseOf(servers: ChaosServers, side: Side): Promise<Omit<SideTruth, 'writable'>> {
  const [row] = await servers.sql(side, readDecisions)
  return { phase: textOf(row?.['phase']), generation: textOf(row?.['generation']) }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '-'
}

const roles = ['shop_app', 'shop_batch'] as const

async function writers(servers: ChaosServers, side: Side): Promise<string[]> {
  const found: string[] = []
  for (const role of roles) if (await canWrite(servers, side, role)) found.push(role)
  return found
}

async function canWrite(servers: ChaosServers, side: Side, role: (typeof roles)[number]): Promise<boolean> {
  const client = new Client({
    connectionString: servers[side].url({ user: role, password: servers.passwords[role] }, 'shop'),
    statement_timeout: 1500,
    connectionTimeoutMillis: 2000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('begin')
    await client.query("insert into shop.writes (writer, seq, note) values ('probe', 0, 'probe')")
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}
