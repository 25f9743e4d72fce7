import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { runClient } from './run-client.ts'

const env = { PATH: process.env['PATH'] ?? '' }
const run = (script: string, given: Partial<Parameters<typeof runClient>[0]> = {}) => {
  const lines: string[] = []
  const signal = AbortSignal.timeout(20_000)
  const done = runClient({
    program: 'sh',
    args: ['-c', script],
    env,
    signal,
    onLine: (line) => lines.push(line),
    ...given,
  })
  return { lines, done }
}

test('lines come as they are said, none of them a workflow command; input is read', async () => {
  const { lines, done } = run('cat; echo "::error::no" >&2; printf "a\\r\\nrest"', { input: 'given\n' })
  expect(await done).toBe('')
  expect(lines.toSorted()).toEqual(['  | ::error::no', 'a', 'given', 'rest'])
})

test('output is kept where it is asked for', async () => {
  expect(await run('echo out; echo err >&2', { keepOutput: true }).done).toBe('out\n')
})

test('an exit code other than 0 throws with the last words', async () => {
  await expect(run('echo wrong >&2; exit 3').done).rejects.toMatchObject({
    code: 'precondition',
    message: expect.stringContaining('exit code 3: wrong') as string,
  })
})

test('a program that is not there throws', async () => {
  await expect(run('', { program: '/nowhere/psql' }).done).rejects.toMatchObject({ code: 'precondition' })
})

test('an abort ends it and what it started, also what does not listen', async () => {
  const controller = new AbortController()
  const { lines, done } = run('trap "" INT; echo begun; sleep 60 & wait; sleep 60', {
    signal: controller.signal,
  })
  const started = performance.now()
  while (lines.length === 0 && performance.now() - started < 5000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  controller.abort()
  await expect(done).rejects.toMatchObject({ code: 'cancelled' })
  expect(performance.now() - started).toBeLessThan(8000)
})

test('where this process is killed, the program and what it started die at once', async () => {
  const module = new URL('./run-client.ts', import.meta.url).href
  const script = `
    const { runClient } = await import(${JSON.stringify(module)})
    await runClient({
      program: 'sh', args: ['-c', 'trap "" INT TERM; sleep 300 & echo $$ $!; wait'], env: { PATH: process.env.PATH },
      signal: new AbortController().signal, onLine: (line) => console.log(line),
    })`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const pids = line.toString().trim().split(' ').map(Number)
  expect(pids).toHaveLength(2)
  expect(pids.filter(isAlive)).toEqual(pids)
  child.kill('SIGKILL')
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), 5000)
})

test('nobody watches any more when the program has ended by itself: what it left behind goes on', async () => {
  const { lines, done } = run('sleep 5 >/dev/null 2>&1 & echo $!')
  await done
  const [pid] = lines.map(Number)
  // Longer than a watcher needs that was told of a death.
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(isAlive(pid ?? 0)).toBe(true)
  process.kill(pid ?? 0, 'SIGKILL')
})

/** A process that has ended and that nobody has asked about yet is dead, too. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
