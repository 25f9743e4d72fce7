import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { DoomedRun } from '../postgres/doomed-run.ts'
import { identify, isRunning, listProcesses, workingFolder } from '../postgres/process-table.ts'
import type { ProcessIdentity } from '../postgres/process-table.ts'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer, ServerGroup } from '../postgres/server-group.ts'
import { listSegments, mappedSegmentFiles } from '../postgres/shared-memory.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const isRoot = process.getuid?.() === 0

/** Root of a container: may neither look into other users' processes nor remove their shared memory by right of being root. */
const asInContainer = isRoot ? ['setpriv', '--bounding-set=-sys_ptrace,-sys_admin,-ipc_owner'] : []

const runs: ChildProcess[] = []
afterAll(() => {
  for (const run of runs) run.kill('SIGKILL')
})

interface Started {
  readonly run: DoomedRun
  readonly parent: number
  readonly processes: ProcessIdentity[]
  readonly segments: number[]
}

/** Starts a run in a process group of its own. */
function launch(
  checkout: string,
  environment: Record<string, string>,
): { child: ChildProcess; output: Readable } {
  const script = join(checkout, 'test', 'postgres', 'doomed-run.ts')
  const [command, ...args] = [...asInContainer, process.execPath, script]
  const child = spawn(command, args, {
    cwd: checkout,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
  runs.push(child)
  return { child, output: child.stdout }
}

/** Starts a run with a busy server, and returns when all of it is up. */
async function startDoomedRun(checkout = root, environment: Record<string, string> = {}): Promise<Started> {
  const { child, output } = launch(checkout, environment)
  const parent = child.pid ?? 0
  const [line] = (await Promise.race([
    once(output, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the run ended by itself'))),
  ])) as [Buffer]
  const run = JSON.parse(line.toString()) as DoomedRun
  const processes = [parent, ...run.pids].flatMap((pid) => identify(pid) ?? [])
  // The run, its supervisor, the postmaster and its helpers, the busy backend, the watched process and its child.
  expect(processes.length).toBeGreaterThan(9)
  const segments = listSegments().filter((segment) => run.pids.includes(segment.creatorPid))
  expect(segments).toHaveLength(1)
  return { run, parent, processes, segments: segments.map(({ id }) => id) }
}

/** What is left of a run; polled until nothing is, for at most five seconds. */
async function leftovers({ run, processes, segments }: Started): Promise<{ left: unknown[]; ms: number }> {
  const start = performance.now()
  for (;;) {
    const left = [
      ...processes.filter(isRunning),
      ...listSegments().filter(({ id }) => segments.includes(id)),
      ...(existsSync(run.folder) ? readdirSync(run.folder) : []),
    ]
    const ms = performance.now() - start
    if (left.length === 0 || ms > 5_000) return { left, ms }
    await delay(20)
  }
}

/** A copy of what the servers need: in a private home, with blanks in its path, as `npm ci --ignore-scripts` leaves it. */
function makePrivateClone(folder: string): string {
  const checkout = join(folder, 'private home', 'my clone')
  mkdirSync(join(checkout, 'test'), { recursive: true })
  cpSync(join(root, 'test', 'postgres'), join(checkout, 'test', 'postgres'), { recursive: true })
  mkdirSync(join(checkout, 'node_modules'))
  for (const name of readdirSync(join(root, 'node_modules'))) {
    const [from, to] = [realpathSync(join(root, 'node_modules', name)), join(checkout, 'node_modules', name)]
    if (name.startsWith('postgres-17-linux-')) {
      cpSync(from, to, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() })
    } else {
      symlinkSync(from, to)
    }
  }
  chmodSync(join(folder, 'private home'), 0o700)
  return checkout
}

/** Hands out a folder and a temporary folder in it, where every server has to be made from nothing. */
async function inTemporaryFolder(
  action: (folder: string, temporary: string) => Promise<void>,
): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'a folder ')))
  try {
    const temporary = join(folder, 'temporary folder')
    mkdirSync(temporary)
    for (const open of [folder, temporary]) chmodSync(open, 0o755)
    await action(folder, temporary)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('when a run is killed', () => {
  let bystander: ServerGroup
  let server: PostgresServer

  beforeAll(async () => {
    bystander = await openServerGroup('bystander')
    server = await bystander.start({ name: 'source', major: 15 })
  })
  afterAll(() => bystander.close())

  test.concurrent.each(['alone', 'with its process group'])(
    '%s, within five seconds nothing of it is left',
    async (how) => {
      const started = await startDoomedRun()
      process.kill(how === 'alone' ? started.parent : -started.parent, 'SIGKILL')
      expect((await leftovers(started)).left).toEqual([])
    },
  )

  test.concurrent('in a clone that only its owner can read, the same', async () => {
    await inTemporaryFolder(async (folder, temporary) => {
      const started = await startDoomedRun(makePrivateClone(folder), { TMPDIR: temporary })
      expect(started.run.folder.startsWith(temporary)).toBe(true)
      process.kill(started.parent, 'SIGKILL')
      expect((await leftovers(started)).left).toEqual([])
    })
  })

  test.concurrent('while it is making its servers, the same, shared memory of initdb included', async () => {
    await inTemporaryFolder(async (_, temporary) => {
      const parent = launch(root, { TMPDIR: temporary }).child.pid ?? 0
      const groups = join(temporary, `aurora-migration-servers-${process.getuid?.()}`, 'groups')
      const inGroup = (pid: number): boolean => workingFolder(pid)?.startsWith(groups) ?? false
      const making = await vi.waitUntil(
        () => {
          const segments = listSegments().filter(
            ({ creatorPid, attached }) => attached > 0 && inGroup(creatorPid),
          )
          return segments.length > 0 && segments
        },
        { timeout: 20_000, interval: 1 },
      )
      const ids = making.map(({ id }) => id)
      const files = new Set(making.flatMap(({ creatorPid }) => mappedSegmentFiles(creatorPid)))
      process.kill(-parent, 'SIGKILL')
      await vi.waitFor(
        () => {
          expect(readdirSync(groups)).toEqual([])
          expect(listProcesses().filter(({ pid }) => inGroup(pid))).toEqual([])
          expect(listSegments().filter(({ id }) => ids.includes(id))).toEqual([])
          expect([...files].filter((file) => existsSync(file))).toEqual([])
        },
        { timeout: 5_000 },
      )
    })
  })

  // In a folder of its own: any other run that starts at that moment would sweep up, too.
  test('and its supervisor with it, the next start sweeps up, and no group of a living run is touched', async () => {
    await inTemporaryFolder(async (_, temporary) => {
      vi.stubEnv('TMPDIR', temporary)
      onTestFinished(() => void vi.unstubAllEnvs())
      const living = await openServerGroup('living')
      const groups = [living]
      try {
        const beside = await living.start({ name: 'source', major: 17 })
        const started = await startDoomedRun()
        expect(started.run.folder.startsWith(temporary)).toBe(true)
        const supervisor = JSON.parse(
          readFileSync(join(started.run.folder, 'supervisor.json'), 'utf8'),
        ) as ProcessIdentity
        process.kill(started.parent, 'SIGSTOP')
        process.kill(supervisor.pid, 'SIGKILL')
        process.kill(-started.parent, 'SIGKILL')
        await delay(300)
        expect(started.processes.some(isRunning)).toBe(true)
        expect(existsSync(started.run.dataFolder)).toBe(true)

        groups.push(await openServerGroup('next'))
        expect((await leftovers(started)).left).toEqual([])
        for (const { superuserUrl } of [server, beside]) {
          const client = new Client({ connectionString: superuserUrl })
          await client.connect()
          const { rows } = await client.query<{ one: number }>('SELECT 1 AS one')
          await client.end()
          expect(rows).toEqual([{ one: 1 }])
        }
      } finally {
        for (const group of groups) await group.close()
      }
    })
  })
})
