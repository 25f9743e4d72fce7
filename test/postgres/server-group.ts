import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync } from 'node:fs'
import { Socket } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRecord, recordProcess } from './group-record.ts'
import { Postmaster } from './postmaster.ts'
import { createServer } from './postgres-server.ts'
import type { EmbeddedServer, PostgresServer, ServerOptions } from './postgres-server.ts'
import { identify } from './process-table.ts'
import { serverAccount } from './server-account.ts'
import { prepareBinaries } from './server-binaries.ts'
import type { Major } from './server-binaries.ts'
import { withoutContrib } from './without-contrib.ts'
import { openServersFolder } from './servers-folder.ts'

export type { PostgresServer, ServerOptions } from './postgres-server.ts'
export type { Major } from './server-binaries.ts'

/** Data that somebody else made, and how a server is to run on it. */
export interface ServerData {
  readonly major: Major
  readonly dataFolder: string
  readonly logFile: string
  readonly port: number
}

/** Servers that live and die together. */
export interface ServerGroup {
  /** where everything of the group lies; gone after close */
  readonly folder: string
  /** Makes and starts a server. Several may be started at once. */
  start(options: ServerOptions): Promise<PostgresServer>
  /**
   * Runs a server on data that outlives the group, such as a clone; the server itself ends with the group.
   * @throws PortTaken; Error with the end of the server's log
   */
  run(data: ServerData): Promise<Postmaster>
  /** Has a process of this run, and whatever it starts, killed when the group ends: at close, or when this process dies. */
  watch(pid: number): void
  /** Ends all servers and watched processes, and removes every trace of them. */
  close(): Promise<void>
}

/**
 * Opens a group, guarded from now on by a supervisor: however this process ends, seconds later nothing of the group is left.
 * What earlier runs left is removed first. With KEEP_SERVERS=1 the data and logs stay for a look (the servers do not).
 * @param label a word for people who look at the folder
 */
export async function openServerGroup(label: string): Promise<ServerGroup> {
  const account = serverAccount()
  const serversFolder = openServersFolder(account)
  const keep = process.env['KEEP_SERVERS'] === '1'
  const folder = makeGroupFolder(join(serversFolder, 'groups'), label)
  const scratch = join(folder, 'scratch')
  const supervisor = await startSupervisor(folder, keep)
  const servers: EmbeddedServer[] = []
  const names = new Set<string>()
  const majors = new Set<Major>()
  const starting = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  async function start(options: ServerOptions): Promise<PostgresServer> {
    if (closing !== undefined) throw new Error('The group is closed.')
    if (!/^[a-z][a-z0-9_-]{0,30}$/.test(options.name)) {
      throw new Error(
        `"${options.name}" is no server name: use up to 31 of a-z, 0-9, - and _, a letter first.`,
      )
    }
    if (names.has(options.name)) throw new Error(`The group has a server "${options.name}" already.`)
    names.add(options.name)
    const ownIdentifier = majors.has(options.major)
    majors.add(options.major)
    const complete = await prepareBinaries(options.major, serversFolder, scratch)
    const binaries = options.withoutContrib === true ? await withoutContrib(complete, scratch) : complete
    const server = await createServer(options, {
      binaries,
      account,
      serversFolder,
      scratch,
      folder: join(folder, 'servers', options.name),
      ownIdentifier,
      onSpawn: (postmaster) => recordProcess(folder, 'postmasters', postmaster),
    })
    servers.push(server)
    return server
  }

  async function run({ major, dataFolder, logFile, port }: ServerData): Promise<Postmaster> {
    if (closing !== undefined) throw new Error('The group is closed.')
    const { postgres } = await prepareBinaries(major, serversFolder, scratch)
    return Postmaster.start({
      postgres,
      dataFolder,
      logFile,
      port,
      account,
      onSpawn: (postmaster) => {
        recordProcess(folder, 'postmasters', postmaster)
        recordProcess(folder, 'watched', postmaster)
      },
    })
  }

  /** Close waits for what is being started, so that nothing starts after it. */
  function untilStarted<T>(started: Promise<T>): Promise<T> {
    starting.add(started)
    const forget = (): boolean => starting.delete(started)
    started.then(forget, forget)
    return started
  }

  async function close(): Promise<void> {
    await Promise.allSettled(starting)
    await Promise.allSettled(servers.map((server) => server.stop(keep ? 'fast' : 'immediate')))
    await endSupervisor(supervisor, folder)
    if (keep)
      console.error(`Data and logs: ${join(dirname(folder), basename(folder).replace(/^g-/, 'kept-'))}`)
  }

  return {
    folder,
    start: (options) => untilStarted(start(options)),
    run: (data) => untilStarted(run(data)),
    watch(pid) {
      const found = identify(pid)
      if (found !== undefined) recordProcess(folder, 'watched', found)
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** Made under a name that nobody takes for a group, and renamed when its record is complete. */
function makeGroupFolder(groups: string, label: string): string {
  const made = mkdtempSync(join(groups, `new-${label.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 24)}-`))
  const parent = identify(process.pid)
  if (parent === undefined) throw new Error('/proc does not show this process')
  chmodSync(made, 0o711)
  for (const name of ['servers', 'scratch']) {
    mkdirSync(join(made, name))
    chmodSync(join(made, name), 0o711)
  }
  createRecord(made, parent)
  const folder = join(groups, basename(made).replace(/^new-/, 'g-'))
  renameSync(made, folder)
  return folder
}

async function startSupervisor(folder: string, keep: boolean): Promise<ChildProcess> {
  const log = openSync(join(folder, 'supervisor.log'), 'a')
  const program = fileURLToPath(new URL('./supervisor.ts', import.meta.url))
  const supervisor = spawn(process.execPath, [program, folder, keep ? 'keep' : 'remove'], {
    cwd: '/',
    detached: true, // a session of its own: a kill of our process group, or a closed terminal, does not reach it
    stdio: ['pipe', 'pipe', log],
  })
  closeSync(log)
  const { stdin, stdout } = supervisor
  if (stdin === null || stdout === null) throw new Error('spawn gave no pipes')
  const ready = await new Promise<boolean>((resolve, reject) => {
    stdout.once('data', () => resolve(true)).once('end', () => resolve(false))
    supervisor.once('error', reject)
  })
  if (!ready) throw new Error(`The supervisor did not start.\n${readLog(folder)}`)
  stdout.destroy()
  stdin.on('error', () => undefined)
  // Neither it nor the pipe keeps this process alive: the end of the pipe, when this process ends, is the signal.
  supervisor.unref()
  if (stdin instanceof Socket) stdin.unref()
  return supervisor
}

/** Lets go of the pipe and waits until the supervisor has cleared up. */
async function endSupervisor(supervisor: ChildProcess, folder: string): Promise<void> {
  supervisor.ref()
  const ended = new Promise<void>((resolve) => {
    if (supervisor.exitCode !== null || supervisor.signalCode !== null) resolve()
    else supervisor.once('exit', () => resolve())
  })
  supervisor.stdin?.destroy()
  await ended
  if (supervisor.exitCode !== 0) {
    const ending = supervisor.signalCode ?? `exit code ${supervisor.exitCode}`
    throw new Error(`The supervisor of ${folder} did not clear up (${ending}).\n${readLog(folder)}`)
  }
}

function readLog(folder: string): string {
  return readFileSync(join(folder, 'supervisor.log'), 'utf8').trim()
}
