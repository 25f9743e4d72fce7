import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { changeAutoConf, quoteSetting } from '../../postgres/auto-conf.ts'
import { backUpDataFolder } from '../../postgres/back-up-data-folder.ts'
import type { RunningServer } from '../../postgres/back-up-data-folder.ts'
import { freePort } from '../../postgres/free-port.ts'
import { writeOwnFile } from '../../postgres/own-folder.ts'
import { PortTaken } from '../../postgres/postmaster.ts'
import type { Postmaster } from '../../postgres/postmaster.ts'
import { descendants, identify, killNow, listProcesses } from '../../postgres/process-table.ts'
import { runProgram } from '../../postgres/run-program.ts'
import { serverAccount } from '../../postgres/server-account.ts'
import type { Major } from '../../postgres/server-binaries.ts'
import { openServerGroup } from '../../postgres/server-group.ts'
import type { ServerGroup } from '../../postgres/server-group.ts'
import { openVolumesFolder } from '../../postgres/volumes-folder.ts'

/** Storage of a cluster, an instance or a snapshot, and where a server on it listens. */
export interface VolumeRecord {
  /** unique within the emulator; also the folder's name */
  id: string
  major: Major
  /** kept over restarts, so that addresses stay */
  port: number
  /** user and password of the superuser that came with the data, as `user:password`, both encoded */
  superuser: string
}

/** Where a volume's data comes from: a server that runs, or a volume on which none does. */
export type VolumeSource = RunningServer | { readonly volume: string }

/** What a standby replicates from. */
export interface Primary {
  readonly superuserUrl: string
  readonly slot: string
}

const portTries = 10

export function superuserUrl(volume: VolumeRecord): string {
  return `postgres://${volume.superuser}@127.0.0.1:${volume.port}/postgres`
}

/** The part of a URL that a copy of its server shares. */
export function superuserOf(url: string): string {
  const { username, password } = new URL(url)
  return `${username}:${password}`
}

/** The data folders that the emulator makes, and the servers that it runs on them; those die with the emulator. */
export class Volumes {
  readonly #stateFolder: string
  readonly #running = new Map<string, Postmaster>()
  #folder: string | undefined
  #group: Promise<ServerGroup> | undefined

  /** Nothing is made before a volume is needed. */
  constructor(stateFolder: string) {
    this.#stateFolder = stateFolder
  }

  /** Makes a volume's data, in place of what an interrupted attempt left. */
  async fill(id: string, source: VolumeSource, primary?: Primary): Promise<void> {
    const folder = this.#folderOf(id)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    chmodSync(folder, 0o711)
    const made = join(folder, 'new')
    if ('volume' in source) {
      await runProgram('cp', ['-a', '--reflink=auto', this.dataFolder(source.volume), made], { cwd: folder })
    } else {
      await backUpDataFolder(source, made, serverAccount())
    }
    for (const name of notCopied) rmSync(join(made, name), { force: true })
    const settings = { ...copySettings, cluster_name: id, ...(primary && standbySettings(primary)) }
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quoteSetting(value)}\n`)
    appendFileSync(join(made, 'postgresql.conf'), lines.join(''))
    changeAutoConf(made, Object.fromEntries(inheritedNever.map((name) => [name, undefined])))
    if (primary) writeOwnFile(join(made, 'standby.signal'), '', serverAccount())
    renameSync(made, this.dataFolder(id))
  }

  isFilled(id: string): boolean {
    return existsSync(this.dataFolder(id))
  }

  isRunning(id: string): boolean {
    return this.#running.get(id)?.isRunning === true
  }

  /** Starts the server of a volume; where its port was taken meanwhile, the record gets another one. */
  async start(volume: VolumeRecord): Promise<void> {
    if (this.isRunning(volume.id)) return
    const dataFolder = this.dataFolder(volume.id)
    await endServerOf(dataFolder)
    this.#group ??= openServerGroup('emulator')
    const group = await this.#group
    const { major } = volume
    for (let tries = 1; ; tries += 1) {
      try {
        const data = { major, dataFolder, logFile: this.logFile(volume.id), port: volume.port }
        this.#running.set(volume.id, await group.run(data))
        return
      } catch (error) {
        if (!(error instanceof PortTaken) || tries === portTries) throw error
        volume.port = await freePort()
      }
    }
  }

  /** Changes settings of a server that does not run; those without a value are taken back. */
  configure(id: string, changes: Readonly<Record<string, string | undefined>>): void {
    changeAutoConf(this.dataFolder(id), changes)
  }

  /** Nothing to do where no server runs. */
  async stop(id: string, mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.#running.get(id)?.stop(mode)
    this.#running.delete(id)
  }

  /** Ends the server and removes the data. */
  async remove(id: string): Promise<void> {
    await this.stop(id, 'immediate')
    rmSync(this.#folderOf(id), { recursive: true, force: true, maxRetries: 3 })
  }

  dataFolder(id: string): string {
    return join(this.#folderOf(id), 'data')
  }

  logFile(id: string): string {
    return join(this.#folderOf(id), 'log')
  }

  /** Ends all servers; their data stays for the next start. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#running.keys()].map((id) => this.stop(id)))
    await (await this.#group)?.close()
  }

  #folderOf(id: string): string {
    this.#folder ??= openVolumesFolder(this.#stateFolder)
    return join(this.#folder, id)
  }
}

/** What a copy of a volume at rest must not have of its original. */
const notCopied = ['standby.signal', 'postmaster.pid', 'postmaster.opts']

/** Over what the copied configuration says. The prefix of log lines is that of RDS. */
const copySettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  synchronous_standby_names: '',
  hot_standby: 'on',
  log_line_prefix: '%t:%r:%u@%d:[%p]:',
}

/** What parameter groups set while a server runs: a copy has groups of its own. What needs a restart its slots may need. */
const inheritedNever = [
  'session_replication_role',
  'autovacuum',
  'log_connections',
  'wal_sender_timeout',
  'statement_timeout',
  'idle_in_transaction_session_timeout',
]

function standbySettings(primary: Primary): Record<string, string> {
  return { primary_conninfo: primary.superuserUrl, primary_slot_name: primary.slot }
}

/**
 * Ends a server that outlived the emulator that started it (its supervisor is about to do the same), and removes its lock
 * file: a killed server that nobody has collected yet still has its number, which PostgreSQL would take for running.
 */
async function endServerOf(dataFolder: string): Promise<void> {
  const file = join(dataFolder, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  if (commandOf(pid).includes(dataFolder)) {
    const family = [...descendants([pid], listProcesses()).map((row) => row.pid), pid]
    for (const member of family) killNow(member)
    while (family.some((member) => identify(member) !== undefined)) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  rmSync(file, { force: true })
}

/** Empty where there is no such process. Working folders would say more, but not every account may look at them. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
