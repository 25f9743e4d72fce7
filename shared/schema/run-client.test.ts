import { expect, test } from 'vitest'
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
