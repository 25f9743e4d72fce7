import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmulator, type EmulatorKnobs, type RunningEmulator } from '../emulator/start-emulator.ts'
import { removeVolumesFolder } from '../postgres/volumes-folder.ts'
import { openServerGroup, type ServerGroup } from '../postgres/server-group.ts'
import { SAMPLE_DATABASE } from '../workload/sample-layout.ts'
import { randomPasswords, type RolePasswords } from '../workload/sample-database.ts'
import { emulatedAws } from './emulated-aws.ts'
import { madeTarget } from './made-target.ts'
import { madeServerFacts, type ServerFacts } from './server-facts.ts'
import { createSamples, givenServers, startServers, type StackServer } from './stack-servers.ts'
import type { StackShape } from './strategies.ts'

export interface StackOptions {
  /** Where the emulator keeps its state and everything logs. */
  readonly folder: string
  /** Which servers there are, and what AWS knows of them. */
  readonly shape: StackShape
  /** Size of the sample: 1 is about 50 MB. */
  readonly scale: number
  /** URLs of superusers of servers that are there already; without them two servers of our own are started. */
  readonly sourceUrl?: string
  readonly targetUrl?: string
  readonly knobs?: Partial<EmulatorKnobs>
  readonly signal?: AbortSignal
  readonly onStep?: (step: string) => void
}

/** Two PostgreSQL servers with the sample database, and AWS as far as the actions use it. */
export interface Stack {
  readonly group: ServerGroup
  readonly emulator: RunningEmulator
  readonly passwords: RolePasswords
  readonly source: ServerFacts
  /** Undefined while it is not there: a migration may make it itself. */
  readonly target: ServerFacts | undefined
  /** Version of the target, as it is or is to be. */
  readonly targetVersion: string
  /** Account that the job works in. */
  readonly account: string
  /** URL of a role in the sample database of one side. */
  url(side: 'source' | 'target', role: keyof RolePasswords): string
  /** URL of the superuser in the sample database: for the judge, never for the actions. */
  superuserUrl(side: 'source' | 'target'): string
  /** Looks for a target that the migration has made. */
  locateTarget(): Promise<void>
  close(): Promise<void>
}

/** How long the emulator may take to end its tasks; then it is killed with the rest. */
const emulatorEndMs = 3000

/**
 * Brings the local stack up: servers of two majors (or the ones given), roles, sample, emulator with the secrets that
 * the migration file names. On failure everything that was started is ended again.
 */
export async function openStack(options: StackOptions): Promise<Stack> {
  mkdirSync(options.folder, { recursive: true })
  const { shape } = options
  const given =
    options.sourceUrl === undefined || options.targetUrl === undefined
      ? undefined
      : await givenServers(options.sourceUrl, options.targetUrl)
  const group = await openServerGroup('rehearsal')
  try {
    const { scale, signal } = options
    signal?.throwIfAborted()
    if (given === undefined) options.onStep?.('starting PostgreSQL servers')
    const servers = given ?? (await startServers(group, shape))
    const { source } = servers
    signal?.throwIfAborted()
    const passwords = randomPasswords()
    options.onStep?.('creating the sample database')
    await createSamples(servers, shape, { passwords, scale, ...(signal === undefined ? {} : { signal }) })
    options.onStep?.('starting AWS')
    const emulator = await startEmulator({
      stateFolder: join(options.folder, 'aws'),
      config: emulatedAws(shape, servers, passwords, options.knobs ?? {}),
      logFile: join(options.folder, 'aws.log'),
    })
    group.watch(emulator.pid)
    let target = servers.target
    const side = (name: 'source' | 'target'): StackServer => {
      const server = name === 'source' ? source : target
      if (server === undefined) throw new Error('there is no target yet')
      return server
    }
    return {
      group,
      emulator,
      passwords,
      account: shape.account,
      source: source.facts,
      get target() {
        return target?.facts
      },
      get targetVersion() {
        return target?.facts.version ?? String(shape.target.major)
      },
      url: (name, role) => roleUrl(side(name).facts, role, passwords[role]),
      superuserUrl: (name) => inSample(side(name).url),
      locateTarget: async () => {
        const url = target === undefined ? await madeTarget(emulator, source.url) : undefined
        if (url !== undefined) target = { url, facts: await madeServerFacts(url) }
      },
      close: async () => {
        await Promise.race([emulator.stop(), sleep(emulatorEndMs, undefined, { ref: false })])
        await group.close()
        removeVolumesFolder(join(options.folder, 'aws'))
      },
    }
  } catch (error) {
    await group.close()
    throw error
  }
}

function inSample(url: string): string {
  const changed = new URL(url)
  changed.pathname = `/${SAMPLE_DATABASE}`
  return changed.href
}

function roleUrl(server: ServerFacts, user: string, password: string): string {
  return `postgres://${user}:${password}@${server.host}:${server.port}/${SAMPLE_DATABASE}`
}
