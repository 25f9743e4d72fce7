import { consoleName, type PgbouncerConsole } from '../../pgbouncer/console.ts'
import { showConfig, showDatabases, showUserModes } from '../../pgbouncer/facts.ts'
import type { Problem } from '../../runtime/errors.ts'

/**
 * Whether one PgBouncer can hold its clients for a cutover: the databases are there and not paused, pools are handed on
 * after each transaction, clients wait long enough, and the login may PAUSE. Changes nothing.
 */
export async function judgeNode(
  opened: PgbouncerConsole,
  label: string,
  databases: readonly string[],
  /** How long clients are held at most, in ms. */
  longestHoldMs: number,
  field: string,
): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  const wrong = (message: string, remedy: string) => {
    problems.push({ field, message: `PgBouncer ${label}: ${message}`, remedy })
  }
  const [config, all, users] = [
    await showConfig(opened),
    await showDatabases(opened),
    await showUserModes(opened),
  ]
  for (const name of databases) {
    const known = all.find((one) => one.name === name)
    if (known === undefined) {
      wrong(
        `there is no database ${name} by that name`,
        'Give it a line of its own under [databases]; one that `*` stands for can be neither paused nor repointed. Then RELOAD.',
      )
      continue
    }
    if (known.disabled)
      wrong(`the database ${name} is disabled`, `ENABLE ${consoleName(name)}; on its console.`)
    if (known.paused) {
      wrong(
        `the database ${name} is paused already`,
        `If no cutover is under way: RESUME ${consoleName(name)}; on its console.`,
      )
      continue
    }
    const mode = known.poolMode ?? config.get('pool_mode') ?? ''
    if (mode === 'session')
      wrong(
        `the database ${name} is pooled by session: PAUSE would wait until every client disconnects`,
        'Set pool_mode = transaction, if the application uses nothing that lives longer than a transaction; else leave PgBouncer out of `cutover.switch` and switch by a command.',
      )
    const denied = await whyNotAdmin(opened, name)
    if (denied !== undefined)
      wrong(`the login may not pause: ${denied}`, 'Add it to `admin_users`, then RELOAD.')
  }
  for (const [user, mode] of users)
    if (mode === 'session')
      wrong(
        `the user ${user} is pooled by session: PAUSE would wait until its clients disconnect`,
        `Take pool_mode from ${user} under [users], or let its clients connect to another database of PgBouncer.`,
      )
  const waitSeconds = Number(config.get('query_wait_timeout') ?? 0)
  if (waitSeconds > 0 && waitSeconds * 1000 <= longestHoldMs)
    wrong(
      `query_wait_timeout is ${waitSeconds} s: clients that are held for longer get an error, and ${longestHoldMs / 1000} s may pass (pause-timeout, freeze-budget and the timeout of reload together)`,
      `SET query_wait_timeout = '${Math.ceil(longestHoldMs / 1000) + 10}'; on its console and in its configuration, or lower those.`,
    )
  return problems
}

/** RESUME of a database that is not paused changes nothing; who may not pause is refused for that before. */
async function whyNotAdmin(opened: PgbouncerConsole, database: string): Promise<string | undefined> {
  try {
    await opened.query(`RESUME ${consoleName(database)}`)
    return undefined
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return /not paused/u.test(message) ? undefined : message
  }
}
