import { setTimeout as sleep } from 'node:timers/promises'
import { switchName } from '../../migration/planned-switch.ts'
import { consoleName, type PgbouncerConsole } from '../../pgbouncer/console.ts'
import { showDatabases } from '../../pgbouncer/facts.ts'
import { asMigrationError, MigrationError } from '../../runtime/errors.ts'
import { judged } from '../switchers/judged.ts'
import type { ClientTools } from '../switchers/client-tools.ts'
import type { Pauser } from '../switchers/switcher.ts'
import { judgeNode } from './judge-node.ts'
import { poolerOf, type PoolerEntry, type PoolerNode } from './pooler.ts'

/** How long what was sent on a connection that was cut may be on its way. */
const lateMs = 250

/**
 * PgBouncer as what holds clients: PAUSE on every node waits until no transaction is under way and lets no new one begin;
 * clients wait and see no error. PgBouncer has no dead-man: RESUME must come from somebody, in every outcome.
 */
export function pgbouncerPauser(
  entry: PoolerEntry,
  field: string,
  tools: Pick<ClientTools, 'secrets'>,
  /** How long clients may be held at most, after the PAUSE. */
  freezeBudgetMs: number,
): Pauser {
  const name = switchName(entry)
  const pooler = poolerOf(entry, field, tools)
  const longestHoldMs = entry['pause-timeout'] + freezeBudgetMs + entry.reload.timeout

  const resume = async (): Promise<void> => {
    const outcomes = await Promise.allSettled(pooler.nodes.map((node) => resumeNode(node, pooler.databases)))
    const failed = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [asMigrationError(outcome.reason)] : [],
    )
    const [first] = failed
    if (first === undefined) return
    throw new MigrationError(
      'unavailable',
      `${name} could not be resumed everywhere, its clients wait: ${failed.map(({ message }) => message).join('; ')}`,
      {
        remedy: `On its admin console: ${pooler.databases.map((database) => `RESUME ${consoleName(database)};`).join(' ')}`,
        cause: first,
      },
    )
  }

  /** A PAUSE whose connection was cut may still be read by PgBouncer, after the first RESUME. */
  const resumeTwice = async (): Promise<void> => {
    await resume()
    await sleep(lateMs)
    await resume()
  }

  return {
    name,
    check: async () => {
      const found = await Promise.all(
        pooler.nodes.map((node) =>
          judged(field, async () => {
            const opened = await node.open()
            try {
              return await judgeNode(opened, node.label, pooler.databases, longestHoldMs, field)
            } finally {
              opened.close()
            }
          }),
        ),
      )
      return found.flat()
    },
    pause: async (signal, budgetMs) => {
      const withinMs = Math.min(budgetMs, entry['pause-timeout'])
      const late = AbortSignal.timeout(withinMs)
      const failed = new AbortController()
      const ended = AbortSignal.any([signal, late, failed.signal])
      const attempts = pooler.nodes.flatMap((node) =>
        pooler.databases.map((database) => pauseNode(node, database, ended)),
      )
      for (const attempt of attempts) attempt.catch(() => failed.abort())
      try {
        await Promise.all(attempts)
      } catch (cause) {
        // A PAUSE that is still on its way would come after the RESUME, and stay.
        await Promise.allSettled(attempts)
        // Also where only one node failed: held clients would wait for a cutover that does not come.
        const held = await resumeTwice().then(
          () => undefined,
          (thrown: unknown) => asMigrationError(thrown),
        )
        const error = whyNotPaused(cause, { name, withinMs, cancelled: signal.aborted, late: late.aborted })
        if (held === undefined) throw error
        throw new MigrationError(error.code, `${error.message}; ${held.message}`, {
          remedy: `${held.remedy} ${error.remedy}`.trim(),
          cause: error,
        })
      }
    },
    resume,
  }
}

function whyNotPaused(
  cause: unknown,
  pause: {
    readonly name: string
    readonly withinMs: number
    readonly cancelled: boolean
    readonly late: boolean
  },
): MigrationError {
  if (pause.cancelled) return new MigrationError('cancelled', 'the run was cancelled', { cause })
  if (!pause.late) return asMigrationError(cause)
  return new MigrationError(
    'timeout',
    `${pause.name} could not hold its clients within ${pause.withinMs} ms`,
    {
      remedy:
        'A client has a transaction open for longer: find it (SHOW CLIENTS, SHOW SERVERS on the console), or raise `pause-timeout`. Clients go on as before.',
      cause,
    },
  )
}

/** PAUSE, which answers when the last transaction has ended. Cutting the connection is the only way to stop waiting for it. */
async function pauseNode(node: PoolerNode, database: string, ended: AbortSignal): Promise<void> {
  const cut = Promise.withResolvers<never>()
  const onEnd = () => cut.reject(new Error('PAUSE was given up'))
  ended.addEventListener('abort', onEnd, { once: true })
  const opening = node.open()
  try {
    if (ended.aborted) onEnd()
    const opened = await Promise.race([opening, cut.promise])
    const asked = opened.query(`PAUSE ${consoleName(database)}`)
    asked.catch(() => undefined)
    await Promise.race([asked, cut.promise])
  } catch (cause) {
    if (ended.aborted || cause instanceof MigrationError) throw cause
    throw new MigrationError(
      'unavailable',
      `PgBouncer ${node.label} does not pause ${database}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { remedy: 'See its log and SHOW DATABASES on its console.', cause },
    )
  } finally {
    ended.removeEventListener('abort', onEnd)
    void opening.then(
      (opened) => opened.close(),
      () => undefined,
    )
  }
}

/** RESUME where it is paused, read back. */
async function resumeNode(node: PoolerNode, databases: readonly string[]): Promise<void> {
  const opened = await node.open()
  try {
    for (const database of await stillPaused(opened, databases)) {
      await opened.query(`RESUME ${consoleName(database)}`).catch(() => undefined)
    }
    const left = await stillPaused(opened, databases)
    if (left.length > 0)
      throw new MigrationError('unavailable', `PgBouncer ${node.label} still holds ${left.join(', ')}`)
  } finally {
    opened.close()
  }
}

async function stillPaused(opened: PgbouncerConsole, databases: readonly string[]): Promise<string[]> {
  return (await showDatabases(opened))
    .filter(({ name, paused }) => paused && databases.includes(name))
    .map(({ name }) => name)
}
