import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { quoteSetting } from './auto-conf.ts'
import { copyTemplate, initialise, newPassword, superuser } from './data-folder.ts'
import { freePort } from './free-port.ts'
import { PortTaken, Postmaster } from './postmaster.ts'
import type { PostmasterOptions } from './postmaster.ts'
import { scramVerifier } from './scram-verifier.ts'
import type { ServerAccount } from './server-account.ts'
import type { Major, ServerBinaries } from './server-binaries.ts'
import type { ProcessIdentity } from './process-table.ts'

export interface ServerOptions {
  /** lower-case word; also the server's cluster_name */
  readonly name: string
  readonly major: Major
  /** PostgreSQL settings that replace or add to the defaults */
  readonly settings?: Readonly<Record<string, string>>
  /** Without contrib's extensions and its output plugin, as if that package were not installed. */
  readonly withoutContrib?: boolean
}

export interface PostgresServer {
  readonly name: string
  readonly major: Major
  readonly host: '127.0.0.1'
  readonly port: number
  readonly dataFolder: string
  readonly logFile: string
  /** superuser `bootstrap` with a long random password, database `postgres` */
  readonly superuserUrl: string
  /** a postgres:// URL for this server, every part encoded */
  url(role: { user: string; password: string }, database: string): string
  /** Ends the server: `fast` (the default) ends sessions and checkpoints, `immediate` is like a crash. Nothing to do when it does not run. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>
  /** Starts the server again after stop or kill, on the same port and data. */
  start(): Promise<void>
  /** Kills postmaster and backends with SIGKILL (a crash). */
  kill(): Promise<void>
  /** stop, then start */
  restart(mode?: 'fast' | 'immediate'): Promise<void>
}

export interface ServerPlace {
  readonly binaries: ServerBinaries
  readonly account: ServerAccount
  readonly serversFolder: string
  readonly scratch: string
  /** folder for this server, not made yet */
  readonly folder: string
  /** a system identifier of its own, for half a second more */
  readonly ownIdentifier: boolean
  readonly onSpawn: (process: ProcessIdentity) => void
}

const defaults: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // a socket has a path of at most 107 bytes, and nobody needs one
  dynamic_shared_memory_type: 'mmap', // in the data folder, so it goes with it; posix leaves 1 MB in /dev/shm at each SIGKILL
  wal_level: 'logical',
  max_wal_senders: '20',
  max_replication_slots: '20',
  max_connections: '120',
  max_locks_per_transaction: '256',
  fsync: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%u@%d ',
}

/** Makes a server's data and starts it. Errors carry the end of the server's log. */
export async function createServer(options: ServerOptions, place: ServerPlace): Promise<EmbeddedServer> {
  mkdirSync(place.folder)
  chmodSync(place.folder, 0o711)
  const dataFolder = join(place.folder, 'data')
  const plan = { ...place, target: dataFolder }
  const firstPassword = place.ownIdentifier ? await initialise(plan) : await copyTemplate(plan)
  const settings = { ...defaults, cluster_name: options.name, ...options.settings }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quoteSetting(value)}\n`)
  appendFileSync(join(dataFolder, 'postgresql.conf'), lines.join(''))
  writeFileSync(
    join(dataFolder, 'pg_hba.conf'),
    'host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n',
  )
  const server = new EmbeddedServer(options, place, dataFolder)
  await server.startFirst(firstPassword)
  return server
}

export class EmbeddedServer implements PostgresServer {
  readonly name: string
  readonly major: Major
  readonly host = '127.0.0.1'
  readonly dataFolder: string
  readonly logFile: string
  #port = 0
  #password = newPassword()
  #postmaster: Postmaster | undefined
  readonly #place: ServerPlace

  constructor(options: ServerOptions, place: ServerPlace, dataFolder: string) {
    this.name = options.name
    this.major = options.major
    this.dataFolder = dataFolder
    this.logFile = join(place.folder, 'log')
    this.#place = place
  }

  get port(): number {
    return this.#port
  }

  get superuserUrl(): string {
    return this.url({ user: superuser, password: this.#password }, 'postgres')
  }

  url(role: { user: string; password: string }, database: string): string {
    const [user, password, name] = [role.user, role.password, database].map(encodeURIComponent)
    return `postgres://${user}:${password}@${this.host}:${this.#port}/${name}`
  }

  /** The first start: finds a port, and gives the superuser the password that only this server has. */
  async startFirst(firstPassword: string): Promise<void> {
    for (let tries = 1; this.#postmaster === undefined; tries += 1) {
      this.#port = await freePort()
      try {
        this.#postmaster = await Postmaster.start(this.#postmasterOptions())
      } catch (error) {
        if (!(error instanceof PortTaken) || tries === 10) throw error
      }
    }
    const url = this.url({ user: superuser, password: firstPassword }, 'postgres')
    await this.#connected(url, async (client) => {
      await client.query(`ALTER ROLE ${superuser} PASSWORD '${scramVerifier(this.#password)}'`)
    })
  }

  async start(): Promise<void> {
    if (this.#postmaster?.isRunning === true) throw new Error(`Server ${this.name} is running already.`)
    this.#postmaster = await Postmaster.start(this.#postmasterOptions())
    await this.#connected(this.superuserUrl, async () => undefined)
  }

  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.#postmaster?.stop(mode)
  }

  async kill(): Promise<void> {
    await this.#postmaster?.kill()
  }

  async restart(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.stop(mode)
    await this.start()
  }

  #postmasterOptions(): PostmasterOptions {
    const { dataFolder, logFile } = this
    const { account, onSpawn } = this.#place
    return {
      postgres: this.#place.binaries.postgres,
      dataFolder,
      port: this.#port,
      logFile,
      account,
      onSpawn,
    }
  }

  /** Connects, makes sure before anything else that it is this very server that answers, and goes on. */
  async #connected(url: string, action: (client: Client) => Promise<void>): Promise<void> {
    const client = new Client({ connectionString: url })
    client.on('error', () => undefined) // a lost connection also fails the query that is waiting
    try {
      await client.connect()
      const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
      const answered = rows[0]?.data_directory
      if (answered !== this.dataFolder) {
        throw new Error(`Port ${this.#port} belongs to the server of ${answered}, not to ${this.dataFolder}`)
      }
      await action(client)
    } catch (cause) {
      await this.#postmaster?.kill()
      throw new Error(
        `Server ${this.name} started but is of no use: ${String(cause)}\n${this.#postmaster?.logTail()}`,
        { cause },
      )
    } finally {
      await client.end()
    }
  }
}
