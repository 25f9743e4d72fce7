import type { DatabaseLogin } from '../postgres/session.ts'
import { maskDatabaseUrl } from '../runtime/inputs.ts'
import type { Log } from '../runtime/log.ts'
import { databaseUrl, libpqEnvironment } from './libpq-environment.ts'
import { runClient } from './run-client.ts'

/**
 * Runs the framework's own command in the workspace, with the target's login in the variable that it reads, and in those
 * of libpq. Its output is passed on as it comes, without password. What the runner keeps for actions (their inputs,
 * tokens of the job) is not handed on. Throws `precondition` where it ends with another code than 0.
 */
export async function runSchemaCommand(
  command: readonly string[],
  urlVariable: string,
  login: DatabaseLogin,
  work: {
    readonly folder: string
    /** application_name of its sessions. */
    readonly application: string
    readonly signal: AbortSignal
    readonly log: Log
  },
): Promise<void> {
  const [program = '', ...args] = command
  const libpq = await libpqEnvironment(login, work.folder, work.application)
  const url = databaseUrl(login, libpq)
  maskDatabaseUrl(url)
  const kept = Object.entries(process.env).filter(([name]) => !/^(INPUT_|ACTIONS_|STATE_)/u.test(name))
  const password = libpq['PGPASSWORD'] ?? ''
  const secrets = [url, password, encodeURIComponent(password)].filter((text) => text !== '')
  await runClient({
    program,
    args,
    env: { ...(Object.fromEntries(kept) as Record<string, string>), ...libpq, [urlVariable]: url },
    signal: work.signal,
    cwd: process.env['GITHUB_WORKSPACE'] ?? process.cwd(),
    onLine: (line) =>
      work.log.line(secrets.reduce((text, secret) => text.replaceAll(secret, '***'), `schema: ${line}`)),
  })
}
