import { expect, test } from 'vitest'
import type { ReplicationTasks } from '../../shared/dms/replication-tasks.ts'
import { serviceError } from '../../shared/dms/service-error.ts'
import { systemClock, type Clock } from '../../shared/runtime/clock.ts'
import { callBudget } from '../../shared/waiting/call-budget.ts'
import { waitForLoad } from './wait.ts'

const unused = () => Promise.reject(new Error('a wait changes nothing'))
const idle = { statistics: unused, create: unused, start: unused, stop: unused, remove: unused }
const say = () => undefined
const log = { line: say, debug: say, warn: say, group: <T>(_: string, work: () => Promise<T>) => work() }

const waitOn = (port: ReplicationTasks, clock: Clock, signal: AbortSignal) =>
  waitForLoad(
    port,
    { arns: ['arn'] },
    { planned: undefined, instances: new Map() },
    {
      context: { clock, signal, log },
      budget: callBudget(clock),
      sizes: undefined,
      maxWaitMs: 6 * 3_600_000,
      onStanding: () => Promise.resolve(),
    },
  )

test('a wait that is cancelled while the SDK sits out a pause ends at once', async () => {
  const asked = Promise.withResolvers<void>()
  // As the SDK does between two attempts: no signal ends it.
  const describe = () => {
    asked.resolve()
    return new Promise<never>(() => undefined)
  }
  const cancelled = new AbortController()
  const waiting = waitOn({ ...idle, describe }, systemClock, cancelled.signal)
  await asked.promise
  cancelled.abort()
  expect(await waiting).toMatchObject({ interrupted: { by: 'cancelled' }, samples: [] })
}, 2000)

test('connections that are reset for more than ten minutes: it gives up, and says where to look', async () => {
  let at = 0
  const clock: Clock = { now: () => at, elapsed: () => at, sleep: async (ms) => void (at += ms) }
  const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
  const describe = () => Promise.reject(serviceError(reset, 'DescribeReplicationTasks', 'arn'))
  await expect(waitOn({ ...idle, describe }, clock, new AbortController().signal)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('AWS did not carry out DescribeReplicationTasks') as string,
    remedy: expect.stringMatching(/it goes on where it was. Check the network path to the DMS/u) as string,
  })
  expect(at).toBeGreaterThan(600_000)
  expect(at).toBeLessThan(700_000)
})
