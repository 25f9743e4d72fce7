import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { MigrationError, type Problem } from '../runtime/errors.ts'
import { runClient } from './run-client.ts'

/** PostgreSQL's own programs, by their paths. */
export interface ClientPrograms {
  readonly pgDump: string
  readonly pgRestore: string
  readonly psql: string
  /** Major version of pg_dump. */
  readonly major: number
}

/**
 * Finds pg_dump, pg_restore and psql on the PATH. pg_dump refuses servers that are newer than itself, so it must be of
 * the source's major or later. Throws `precondition` with the line that installs them.
 */
export async function findClientPrograms(
  sourceMajor: number,
  signal: AbortSignal,
  path = process.env['PATH'] ?? '',
): Promise<ClientPrograms> {
  const [pgDump, pgRestore, psql] = await Promise.all(
    ['pg_dump', 'pg_restore', 'psql'].map((name) => onPath(name, path)),
  )
  if (pgDump === undefined || pgRestore === undefined || psql === undefined) {
    const missing = [
      ...(pgDump === undefined ? ['pg_dump'] : []),
      ...(pgRestore === undefined ? ['pg_restore'] : []),
      ...(psql === undefined ? ['psql'] : []),
    ]
    throw absent(sourceMajor, `${missing.join(', ')} not found on the PATH`)
  }
  const version = await runClient({
    program: pgDump,
    args: ['--version'],
    env: { PATH: path },
    signal,
    onLine: () => undefined,
    keepOutput: true,
  })
  const major = Number(/\(PostgreSQL\) (\d+)/u.exec(version)?.[1] ?? 0)
  if (major < sourceMajor)
    throw absent(sourceMajor, `pg_dump on the PATH is of PostgreSQL ${major}, the source of ${sourceMajor}`)
  return { pgDump, pgRestore, psql, major }
}

async function onPath(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((part) => part !== '')) {
    const file = join(folder, name)
    try {
      await access(file, constants.X_OK)
      return file
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}

/** GitHub's ubuntu-24.04 comes with 16; PGDG has every major (postgresql.org, Linux downloads, Ubuntu). */
function absent(major: number, message: string): MigrationError {
  const remedy = `Add PGDG’s repository and install the programs in a step before: sudo apt-get install -y postgresql-common && sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y && sudo apt-get install -y postgresql-client-${major}. Or make the schema otherwise: schema: existing, schema: { command: […] }.`
  const problem: Problem = { field: 'schema', message, remedy }
  return new MigrationError('precondition', message, { remedy, problems: [problem] })
}
