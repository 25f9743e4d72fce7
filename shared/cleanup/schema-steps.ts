import { workflowRun } from '../github/run.ts'
import { dmsSecret, sideLogin } from '../databases/open-database.ts'
import { dmsControlSchema } from '../dms/task-settings.ts'
import { externalId } from '../dms/task-identifier.ts'
import { qualified, quoted } from '../migration/identifier.ts'
import { withSession } from '../postgres/session.ts'
import { inTransaction, journal, type ChangeContext } from '../target/database-change.ts'
import { forgetStateStatement } from '../target/statements.ts'
import type { CleanupStep } from './cleanup-step.ts'
import { readPresentGrantsStatement } from './statements.ts'
import type { CleanupWork, OpenDatabase } from './work.ts'

const markerSchema = 'aurora_migration_markers'

/** What of ours is in a database besides the control schema: rights of DMS's users, its tables, the markers. */
export function schemaSteps(
  work: CleanupWork,
  database: OpenDatabase,
  after: readonly string[],
  taskArns: readonly string[],
): CleanupStep[] {
  const { sight } = database
  return [
    ...(sight.grants.length === 0 ? [] : [grantStep(work, database, after)]),
    ...(sight.heartbeat && taskArns.length > 0 ? [heartbeatStep(work, after, taskArns)] : []),
    // Other migrations of this database share both: their markers and DMS's tables may be in use.
    ...(sight.liveOthers.length > 0
      ? []
      : [
          ...(sight.dms ? [dropStep(database, dmsControlSchema, dmsTables(sight.dmsTables), after)] : []),
          ...(sight.markers ? [dropStep(database, markerSchema, sight.markerTables, after)] : []),
        ]),
  ]
}

/** Sentences on what of it stays for another migration. */
export function sharedSchemas({ sight }: OpenDatabase): string[] {
  if (sight.liveOthers.length === 0) return []
  const shared = [...(sight.dms ? [dmsControlSchema] : []), ...(sight.markers ? [markerSchema] : [])]
  if (shared.length === 0) return []
  return [`${shared.join(' and ')} stay on the ${sight.side} for ${sight.liveOthers.join(', ')}`]
}

const dmsTables = (tables: readonly string[]) => tables.filter((table) => table.startsWith('awsdms_'))

/** Without CASCADE: what somebody else has put there makes PostgreSQL refuse, and is named. */
function dropStep(
  { session, sight }: OpenDatabase,
  schema: string,
  tables: readonly string[],
  after: readonly string[],
): CleanupStep {
  const { side } = sight
  const statements = [
    ...(tables.length === 0
      ? []
      : [`drop table if exists ${tables.map((table) => qualified(schema, table)).join(', ')}`]),
    `drop schema if exists ${quoted(schema)}`,
  ]
  const title = `drop the schema ${schema} with ${tables.length} ${tables.length === 1 ? 'table' : 'tables'}`
  return {
    id: `schema ${side} ${schema}`,
    where: side,
    title,
    commands: statements,
    after,
    perform: () =>
      inTransaction(session, { side, title }, async () => {
        await session.query(statements.join(';\n'))
      }),
  }
}

/** What the migration gave to DMS's users, taken back in the name of who gave it; what is gone needs nothing. */
function grantStep(
  work: CleanupWork,
  { session, sight }: OpenDatabase,
  after: readonly string[],
): CleanupStep {
  const { side, grants } = sight
  const { name } = work.migration
  const title = `take the rights back that the migration gave to ${[...new Set(grants.map(({ user }) => user))].join(', ')}`
  const context: ChangeContext = { migration: name, run: workflowRun(), log: work.context.log }
  return {
    id: `grants ${side}`,
    where: side,
    title,
    commands: grants.map(({ object }) => `revoke … on ${object}`),
    after,
    perform: () =>
      inTransaction(session, { side, title }, async () => {
        const there = await session.query<{ acting: string; statement: string }>(readPresentGrantsStatement, [
          JSON.stringify(grants),
        ])
        const statements = there.flatMap(({ acting, statement }) => [
          `set local role ${quoted(acting)}`,
          statement,
          'reset role',
        ])
        if (statements.length > 0) await session.query(statements.join(';\n'))
        await session.query(forgetStateStatement, [name, 'dms-grant', grants.map(({ object }) => object)])
        await journal(session, context, 'changed', { title })
      }),
  }
}

/** DMS's user made the table, so it is its own; other tasks of DMS may use it as well. */
function heartbeatStep(
  work: CleanupWork,
  after: readonly string[],
  taskArns: readonly string[],
): CleanupStep {
  const schema = work.migration.dms.source.heartbeat?.schema ?? 'public'
  const table = qualified(schema, 'awsdms_heartbeat')
  const ids = taskArns.map(externalId)
  return {
    id: 'heartbeat',
    where: 'source',
    title: `remove the heartbeats of the tasks, and ${table} where it holds no others`,
    commands: [`delete from ${table} where hb_created_by = any (…)`, `drop table ${table}`],
    after,
    perform: async () => {
      const { signal } = work.context
      const login = await sideLogin(work.migration, 'source', signal)
      const secret = await dmsSecret(work.migration, 'source', signal)
      await withSession(
        { ...login, user: secret.username, password: secret.password },
        { label: 'source (as DMS’s user)', application: 'aurora-migration cleanup', signal },
        async (session) => {
          await session.query(`delete from ${table} where hb_created_by = any ($1)`, [ids])
          const [others] = await session.query<{ there: boolean }>(
            `select exists (select from ${table}) as there`,
          )
          if (others?.there === false) await session.query(`drop table ${table}`)
        },
      )
    },
  }
}
