import { spawn } from 'node:child_process'

/** Somebody who outlives this process and ends what it started. */
export interface DeathWatch {
  /** What is watched over has ended by itself. */
  release(): void
}

/**
 * Has a process group killed when this process dies, also by SIGKILL, which leaves it no time: a shell in a session of its
 * own reads from a pipe that only this process holds open, and its end without a word is that death. Where there is no
 * /bin/sh nobody watches.
 */
export function watchOver(group: number): DeathWatch {
  const watcher = spawn('/bin/sh', ['-c', 'read -r word || kill -s KILL -- "-$0"', String(group)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    // Without the variable by which the runner finds what a job left behind: the watcher is to be the last one.
    env: {},
  })
  watcher.on('error', () => undefined)
  watcher.stdin.on('error', () => undefined)
  return { release: () => watcher.stdin.end('over\n') }
}
