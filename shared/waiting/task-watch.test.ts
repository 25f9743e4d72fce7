import { describe, expect, test } from 'vitest'
import { parseTask, type ReplicationTask } from '../dms/replication-task.ts'
import type { ReplicationTasks } from '../dms/replication-tasks.ts'
import { parseTableStatistic } from '../dms/table-statistic.ts'
import type { Clock } from '../runtime/clock.ts'
import { poll } from '../runtime/poll.ts'
import { callBudget } from './call-budget.ts'
import type { TaskSight } from './task-sight.ts'
import { taskWatch } from './task-watch.ts'

const hour = 3_600_000

/** A port to so many tasks of so many tables, which counts the calls that the API would need, and a clock that sleeping moves. */
function countedTasks(
  shape: { readonly tasks: number; readonly tables: number },
  counts: (arn: string, at: number) => Partial<ReplicationTask['tables']> = () => ({}),
  /** From when on statistics name a table that is counted in error. */
  namedAt = 0,
) {
  const clock: Clock & { at: number } = {
    at: 0,
    now: () => clock.at,
    elapsed: () => clock.at,
    sleep: async (ms: number) => {
      clock.at += ms
    },
  }
  const budget = callBudget(clock)
  const calls: { readonly at: number; readonly about: string }[] = []
  const count = (pages: number, about: string) => {
    for (let page = 0; page < pages; page += 1) {
      calls.push({ at: clock.at, about })
      budget.charge(1)
    }
  }
  const arns = Array.from({ length: shape.tasks }, (_, index) => `T${index}`)
  const describedTask = (arn: string): ReplicationTask => ({
    ...parseTask({
      ReplicationTaskIdentifier: arn,
      ReplicationTaskArn: arn,
      ReplicationInstanceArn: 'rep',
      SourceEndpointArn: 's',
      TargetEndpointArn: 't',
      Status: 'running',
      MigrationType: 'full-load-and-cdc',
    }),
    tables: { loaded: 0, loading: 8, queued: shape.tables - 8, errored: 0, ...counts(arn, clock.at) },
  })
  const tables = Array.from({ length: shape.tables }, (_, index) =>
    parseTableStatistic({ SchemaName: 'public', TableName: `t${index}`, TableState: 'Full load' }),
  )
  const unused = () => Promise.reject(new Error('a watch changes nothing'))
  const port: ReplicationTasks = {
    describe: async () => {
      count(Math.ceil(shape.tasks / 100), 'describe')
      return arns.map(describedTask)
    },
    statistics: async (arn) => {
      count(Math.ceil(shape.tables / 500), arn)
      const { loading, queued, errored } = describedTask(arn).tables
      if (loading + queued > 0) return [{ ...tables[0]!, rows: clock.at }, ...tables.slice(1)]
      const named = clock.at >= namedAt ? errored : 0
      return tables.map((table, index) => ({
        ...table,
        state: index < named ? 'Table error' : 'Table completed',
      }))
    },
    create: unused,
    start: unused,
    stop: unused,
    remove: unused,
  }
  const { signal } = new AbortController()
  const watch = taskWatch(port, { arns }, budget)
  /** Polls as wait-full-load does, rows changing at every look, until that much time is over. */
  const waitFor = async (ms: number, seen: (sights: readonly TaskSight[]) => void) => {
    const look = async () => {
      const sights = await watch(signal)
      seen(sights)
      return { done: false as const, reason: 'r', progress: String(clock.at) }
    }
    const options = { clock, signal, deadlineMs: ms, what: 'it', remedy: '' }
    await expect(poll(look, options)).rejects.toMatchObject({ code: 'timeout' })
  }
  return { clock, calls, waitFor }
}

/** The most calls in any sixty minutes. */
function mostInAnHour(calls: readonly { readonly at: number }[]): number {
  let first = 0
  let most = 0
  for (const [index, call] of calls.entries()) {
    while ((calls[first]?.at ?? 0) <= call.at - hour) first += 1
    most = Math.max(most, index - first + 1)
  }
  return most
}

describe('looks at many tables', () => {
  test.each([
    [1, 3000],
    [6, 500],
    [60, 50],
    [300, 10],
  ])('%d tasks of %d tables: at most 1,200 calls in any of three hours', async (tasks, tables) => {
    const { clock, calls, waitFor } = countedTasks({ tasks, tables })
    let looks = 0
    let oldest = Number.POSITIVE_INFINITY
    await waitFor(3 * hour, (sights) => {
      looks += 1
      expect(sights.length).toBe(tasks)
      oldest = Math.min(...sights.map((sight) => sight.tables[0]?.rows ?? 0))
    })
    expect(mostInAnHour(calls)).toBeLessThanOrEqual(1200)
    // A task that fails is seen by its description: within a minute, however many there are.
    expect(looks).toBeGreaterThan(3 * 60)
    // Each of them is read in its turn.
    expect(clock.at - oldest).toBeLessThan(hour)
  })

  test('a task whose tables are all loaded is read no more, until its description changes', async () => {
    const changesAt = hour / 2
    const { calls, waitFor } = countedTasks({ tasks: 2, tables: 20 }, (arn, at) =>
      arn === 'T0' ? { loaded: at >= changesAt ? 19 : 20, loading: 0, queued: 0 } : {},
    )
    await waitFor(hour, () => undefined)
    const reads = calls.filter(({ about }) => about === 'T0')
    expect(reads).toHaveLength(2)
    expect(reads[1]?.at).toBeGreaterThanOrEqual(changesAt)
    expect(reads[1]?.at).toBeLessThan(changesAt + 60_000)
  })

  test('a table in error is looked for until the statistics name it', async () => {
    const [failsAt, namedAt] = [hour / 2, (hour * 2) / 3]
    const { clock, waitFor } = countedTasks(
      { tasks: 2, tables: 20 },
      (arn, at) =>
        arn === 'T0' ? { loaded: 20, loading: 0, queued: 0, errored: at >= failsAt ? 1 : 0 } : {},
      namedAt,
    )
    let seenAt = Number.POSITIVE_INFINITY
    await waitFor(hour, ([first]) => {
      if (first?.tables.some(({ state }) => state === 'Table error') === true)
        seenAt = Math.min(seenAt, clock.at)
    })
    expect(seenAt).toBeGreaterThanOrEqual(namedAt)
    expect(seenAt).toBeLessThan(namedAt + 60_000)
  })
})
