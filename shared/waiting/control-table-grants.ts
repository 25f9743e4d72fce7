import { escapeIdentifier } from 'pg'
import { dmsControlSchema } from '../dms/task-settings.ts'
import { withSession, type Session } from '../postgres/session.ts'
import type { DmsLogins } from './with-databases.ts'
import { readControlTableGrants } from './statements.ts'

/**
 * DMS makes its control tables itself, so they are its own, and apply exceptions would be invisible to the
 * migration's login. As DMS's user, grants reading on what is there and on what comes. Gives the statements that are
 * needed; runs them unless `dryRun`. Empty where everything is granted.
 */
export async function openControlTables(
  target: Session,
  logins: Pick<DmsLogins, 'targetUser' | 'targetLogin'>,
  options: { readonly signal: AbortSignal; readonly dryRun: boolean },
): Promise<string[]> {
  const [row] = await target.query<{ reader: string }>('select current_user::text as reader')
  const reader = row?.reader ?? ''
  if (reader === logins.targetUser) return []
  const [granted] = await target.query<{ open: boolean }>(readControlTableGrants, [
    dmsControlSchema,
    logins.targetUser,
    reader,
  ])
  if (granted?.open === true) return []
  const schema = escapeIdentifier(dmsControlSchema)
  const statements = [
    `alter default privileges in schema ${schema} grant select on tables to ${escapeIdentifier(reader)}`,
    `grant select on all tables in schema ${schema} to ${escapeIdentifier(reader)}`,
  ]
  if (options.dryRun) return statements
  await withSession(
    logins.targetLogin,
    { label: 'target (as DMS’s user)', application: 'aurora-migration create-task', signal: options.signal },
    async (session) => {
      for (const statement of statements) await session.query(statement)
    },
  )
  return statements
}
