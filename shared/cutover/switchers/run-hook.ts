import { runClient } from '../../schema/run-client.ts'
import { asMigrationError, MigrationError } from '../../runtime/errors.ts'
import type { Log } from '../../runtime/log.ts'
import type { Address } from './switcher.ts'

/** A shell command of the migration file's author. */
export interface Hook {
  /** How the log and errors call it. */
  readonly name: string
  readonly command: string
  readonly timeoutMs: number
  readonly env: Readonly<Record<string, string>>
  readonly log: Log
  /** Without it only the timeout ends the command. */
  readonly signal?: AbortSignal
}

/**
 * Runs a command by `sh -c` in the workspace; every line that it writes is logged. It gets the job's environment without
 * what the runner keeps for actions (inputs, tokens), and nothing secret of ours. Throws `timeout`, `cancelled`, or
 * `precondition` where it ends with another code than 0, each with the lines that it wrote last.
 */
export async function runHook(hook: Hook): Promise<void> {
  const { name, command, timeoutMs, log } = hook
  const late = AbortSignal.timeout(timeoutMs)
  const kept = Object.entries(process.env).filter(([key]) => !/^(INPUT_|ACTIONS_|STATE_)/u.test(key))
  try {
    await runClient({
      program: 'sh',
      args: ['-c', command],
      env: { ...(Object.fromEntries(kept) as Record<string, string>), ...hook.env },
      signal: hook.signal === undefined ? late : AbortSignal.any([late, hook.signal]),
      cwd: process.env['GITHUB_WORKSPACE'] ?? process.cwd(),
      onLine: (line) => log.line(`${name}: ${line}`),
    })
  } catch (thrown) {
    const error = asMigrationError(thrown)
    if (hook.signal?.aborted === true) throw error
    if (late.aborted)
      throw new MigrationError('timeout', `${name} did not end within ${timeoutMs / 1000} s, and was ended`, {
        remedy: 'Raise its `timeout`, or find out what it waits for. It must be able to run again.',
      })
    throw new MigrationError(
      error.code,
      `${name}: ${error.message.replace(/^sh /u, '').replace(/: $/u, '')}`,
      {
        remedy: 'Mend what it names; then run the job again, which runs it again.',
        cause: error,
      },
    )
  }
}

/** The address as commands find it in their environment. */
export function addressEnvironment(
  migration: string,
  to: Address,
  generation?: bigint,
): Readonly<Record<string, string>> {
  const { host, port, database, reader } = to
  return {
    AURORA_MIGRATION_NAME: migration,
    AURORA_MIGRATION_HOST: host,
    AURORA_MIGRATION_PORT: String(port),
    AURORA_MIGRATION_DATABASE: database,
    AURORA_MIGRATION_READER_HOST: reader?.host ?? '',
    AURORA_MIGRATION_READER_PORT: reader === undefined ? '' : String(reader.port),
    ...(generation === undefined ? {} : { AURORA_MIGRATION_GENERATION: generation.toString() }),
  }
}
