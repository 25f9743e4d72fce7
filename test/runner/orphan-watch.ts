import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { nodeForActions } from './node-runtime.ts'
import { endOrphans } from './orphan-processes.ts'

/**
 * Starts a process of its own session which outlives this one: when this process ends, whatever ends it, the watch
 * ends every process of the run. Call the returned function to end the watch.
 */
export function watchOrphans(trackingId: string): () => Promise<void> {
  const watch = spawn(nodeForActions(), [fileURLToPath(import.meta.url), trackingId], {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const exited = once(watch, 'exit')
  return async () => {
    watch.stdin.end()
    await exited
  }
}

if (import.meta.main) {
  const trackingId = process.argv[2]
  if (trackingId === undefined || trackingId === '') throw new Error('expected the tracking id of a run')
  process.stdin.resume()
  await once(process.stdin, 'close')
  endOrphans(trackingId)
}
