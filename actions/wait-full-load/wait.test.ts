import { expect, test } from 'vitest'
import type { ReplicationTasks } from '../../shared/dms/replication-tasks.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { callBudget } from '../../shared/waiting/call-budget.ts'
import { waitForLoad } from './wait.ts'

test('a wait that is cancelled while the SDK sits out a pause ends at once', async () => {
  const unused = () => Promise.reject(new Error('a wait changes nothing'))
  const asked = Promise.withResolvers<void>()
  const port: ReplicationTasks = {
    // As the SDK does between two attempts: no signal ends it.
    describe: () => {
      asked.resolve()
      return new Promise(() => undefined)
    },
    statistics: unused,
    create: unused,
    start: unused,
    stop: unused,
    remove: unused,
  }
  const cancelled = new AbortController()
  const say = () => undefined
  const log = { line: say, debug: say, warn: say, group: <T>(_: string, work: () => Promise<T>) => work() }
  const waiting = waitForLoad(
    port,
    { arns: ['arn'] },
    { planned: undefined, instances: new Map() },
    {
      context: { clock: systemClock, signal: cancelled.signal, log },
      budget: callBudget(systemClock),
      sizes: undefined,
      maxWaitMs: 60_000,
      onStanding: () => Promise.resolve(),
    },
  )
  await asked.promise
  cancelled.abort()
  expect(await waiting).toMatchObject({ interrupted: { by: 'cancelled' }, samples: [] })
}, 2000)
