import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'

/** The process and everything below it, parents first; processes that ended meanwhile are left out. */
export function processTree(root: number): number[] {
  const children = Map.groupBy(listProcesses(), ([, parent]) => parent)
  const tree = [root]
  for (let index = 0; index < tree.length; index++) {
    for (const [pid] of children.get(tree[index]!) ?? []) tree.push(pid)
  }
  return tree
}

/** Sends a signal to one process; false when it is gone already. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

function listProcesses(): (readonly [pid: number, parent: number])[] {
  if (process.platform !== 'linux') {
    return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .flatMap(([pid, parent]) => (pid === undefined || parent === undefined ? [] : [[pid, parent] as const]))
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const parent = parentOf(name)
      return parent === undefined ? [] : [[Number(name), parent] as const]
    })
}

/** Reads the fourth field of /proc/PID/stat; the second, the command, may hold spaces and brackets. */
function parentOf(pid: string): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}
