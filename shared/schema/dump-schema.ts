import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseLogin } from '../postgres/session.ts'
import type { Log } from '../runtime/log.ts'
import type { ClientPrograms } from './client-programs.ts'
import { divideDump, fitSql, type DumpChoice, type SqlFit } from './dump-contents.ts'
import { libpqEnvironment } from './libpq-environment.ts'
import { runClient } from './run-client.ts'

export interface DumpWork {
  readonly programs: ClientPrograms
  /** A folder that only this process reads, removed by the caller. */
  readonly folder: string
  /** application_name of the programs’ sessions. */
  readonly application: string
  readonly signal: AbortSignal
  readonly log: Log
}

/** Arguments of pg_dump for the structure of some schemas: with owners and rights, without what is not of them. */
export function dumpArguments(schemas: readonly string[], file: string): string[] {
  return [
    '--schema-only',
    '--format=custom',
    '--no-publications',
    '--no-subscriptions',
    '--no-security-labels',
    '--no-tablespaces',
    '--lock-wait-timeout=30s',
    // DMS's own tables of former tasks.
    '--exclude-table=*.awsdms_*',
    // Quoted, since pg_dump takes patterns.
    ...schemas.map((schema) => `--schema="${schema.replaceAll('"', '""')}"`),
    `--file=${file}`,
  ]
}

/** Dumps the schemas of the source and gives the SQL of both parts. */
export async function dumpSchema(
  login: DatabaseLogin,
  schemas: readonly string[],
  choice: DumpChoice,
  fit: Omit<SqlFit, 'forPsql'>,
  work: DumpWork,
): Promise<{ readonly before: string; readonly after: string }> {
  const { programs, folder, application, signal, log } = work
  const file = join(folder, 'schema.dump')
  const path = { PATH: process.env['PATH'] ?? '', HOME: folder }
  const onLine = (line: string) => log.line(`pg_dump: ${line}`)
  await runClient({
    program: programs.pgDump,
    args: dumpArguments(schemas, file),
    env: { ...path, ...(await libpqEnvironment(login, folder, application)) },
    signal,
    onLine,
  })
  const restore = (args: readonly string[]) =>
    runClient({ program: programs.pgRestore, args, env: path, signal, onLine, keepOutput: true })
  const parts = divideDump(
    await restore(['--list', file]),
    await restore(['--list', '--section=post-data', file]),
    choice,
  )
  const sqlOf = async (name: string, lines: readonly string[], forPsql: boolean) => {
    if (lines.length === 0) return ''
    const list = join(folder, `${name}.list`)
    await writeFile(list, `${lines.join('\n')}\n`)
    return fitSql(await restore([`--use-list=${list}`, '--file=-', file]), { ...fit, forPsql })
  }
  return {
    before: await sqlOf('before', parts.before, true),
    after: await sqlOf('after', parts.after, false),
  }
}

/** Arguments of psql: one transaction, ended by the first error, without the user's own settings. */
export function psqlArguments(file: string): string[] {
  return ['--no-psqlrc', '--single-transaction', '--set=ON_ERROR_STOP=1', '--quiet', `--file=${file}`]
}

/**
 * Runs SQL on the target in one transaction of psql: it is there as a whole or not at all. From a file: where this process
 * dies, psql would take the end of a pipe for the end of the script, and commit what it had read.
 */
export async function applyWithPsql(login: DatabaseLogin, sql: string, work: DumpWork): Promise<void> {
  const { programs, folder, application, signal, log } = work
  const file = join(folder, 'schema.sql')
  await writeFile(file, sql)
  await runClient({
    program: programs.psql,
    args: psqlArguments(file),
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      ...(await libpqEnvironment(login, folder, application)),
    },
    signal,
    onLine: (line) => log.line(`psql: ${line}`),
  })
}
