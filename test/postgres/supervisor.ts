import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { endGroup } from './end-group.ts'
import { recordProcess, recordSupervisor, recordedProcesses, showLife } from './group-record.ts'
import { descendants, identify, isRunning, listProcesses } from './process-table.ts'
import { sweepGroups } from './sweep-groups.ts'

/*
 * The process that outlives a run, in a session of its own, and clears up after it. It holds one end of a pipe whose other
 * end only the parent has: however the parent ends, the pipe ends. Started by server-group.ts as
 *   node supervisor.ts <group folder> <'keep' | 'remove'>
 * It writes `ready` once it stands guard and has swept what earlier runs left. Problems go to stderr, a log in the group's folder.
 */
const [folder = '', mode = 'remove'] = process.argv.slice(2)
let parentIsGone = false

const gone = new Promise<void>((resolve) => {
  const end = (): void => {
    parentIsGone = true
    resolve()
  }
  process.stdin.once('end', end).once('close', end).once('error', end).resume()
})
// It ends with its parent and in no other way; a Ctrl-C or a hang-up is the parent's business.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.stdout.on('error', () => undefined) // the parent may be gone before it has read `ready`

const self = identify(process.pid)
if (self === undefined) throw new Error('/proc does not show this process')
recordSupervisor(folder, self)

for (const problem of await sweepGroups(dirname(folder), () => parentIsGone)) console.error(problem)
process.stdout.write('ready\n')

const watching = setInterval(recordDescendants, 1_000)
const living = setInterval(() => showLife(folder), 60_000)
await gone
clearInterval(watching)
clearInterval(living)

for (let tries = 1; ; tries += 1) {
  try {
    await endGroup(folder, mode === 'keep')
    break
  } catch (error) {
    console.error(error)
    if (tries === 3) process.exit(1)
    await delay(200)
  }
}

/** Remembers the families of watched processes while they are together: a child whose parent died is nobody's descendant. */
function recordDescendants(): void {
  const watched = recordedProcesses(folder, 'watched').filter(isRunning)
  if (watched.length === 0) return
  const known = new Set(watched.map(({ pid }) => pid))
  for (const row of descendants(known, listProcesses())) recordProcess(folder, 'watched', row)
}
