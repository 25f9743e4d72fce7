import { escapeLiteral } from 'pg'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jsonDigest } from '../migration/digest.ts'
import { quoted } from '../migration/identifier.ts'
import { planSchemas } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import type { DatabaseLogin, Session } from '../postgres/session.ts'
import { refuseProblems, type Problem } from '../runtime/errors.ts'
import { findClientPrograms } from '../schema/client-programs.ts'
import { applyWithPsql, dumpArguments, dumpSchema, psqlArguments } from '../schema/dump-schema.ts'
import { missingRoleStatements } from '../schema/missing-roles.ts'
import { runSchemaCommand } from '../schema/schema-command.ts'
import { schemaApplication } from '../schema/schema-sessions.ts'
import {
  readDumpTarget,
  readRoleAttributes,
  readSchemaNeeds,
  type DumpTarget,
  type SchemaNeeds,
} from '../schema/schema-needs.ts'
import {
  journal,
  performChange,
  type ChangeContext,
  type DatabaseChange,
  type SavedRows,
} from './database-change.ts'
import { postDataKind } from './post-data.ts'
import { readForeignKeys, readSecondaryIndexes, savedForeignKeys, savedIndexes } from './set-aside.ts'
import { readSchemaMadeStatement, saveStateStatement } from './statements.ts'

/** What making the schema needs besides sessions. */
export interface SchemaWork {
  readonly source: Session
  readonly target: Session
  readonly plan: Plan
  readonly sourceLogin: DatabaseLogin
  readonly targetLogin: DatabaseLogin
  readonly dmsSourceUser: string
  readonly signal: AbortSignal
  readonly context: ChangeContext
}

/** One step of it: what it changes, and how. */
export interface SchemaStep {
  readonly change: DatabaseChange
  readonly perform: () => Promise<void>
}

/**
 * The steps that bring the plan's schema to the target, as far as they were not taken: none for `existing`. What would
 * go wrong is looked for before the first of them: programs, roles, extensions, a schema that is half there. Throws
 * `precondition` or `refused` with all of it.
 */
export async function schemaSteps(work: SchemaWork, made: string | undefined): Promise<SchemaStep[]> {
  const { schema } = work.plan
  if (schema === 'existing' || (typeof schema === 'object' && 'aurora-replica' in schema)) return []
  if (made === schemaMark(work.plan)) return []
  if (schema === 'dump') return dumpSteps(work, false, made)
  return 'dump' in schema ? dumpSteps(work, schema.dump.roles, made) : [commandStep(work, schema)]
}

/** Under which mark the target's journal says that the plan's schema was made; undefined where it was not. */
export async function readSchemaMade(target: Session, migration: string): Promise<string | undefined> {
  const [row] = await target.query<{ made: string }>(readSchemaMadeStatement, [migration])
  return row?.made
}

/** A dump is taken once, whatever the file says of roles; another command is run once more. */
function schemaMark({ schema }: Plan): string {
  return typeof schema === 'object' && 'command' in schema ? jsonDigest(schema) : 'dump'
}

function commandStep(
  work: SchemaWork,
  schema: { readonly command: readonly string[]; readonly 'url-env': string },
): SchemaStep {
  const { target, context, plan } = work
  const change: DatabaseChange = {
    side: 'target',
    title: `run the command that makes the schema: ${schema.command.join(' ')}`,
    undo: 'not undone: the tables are the migration’s purpose',
    commands: [`${schema['url-env']}=<URL of the target> ${schema.command.map(shellWord).join(' ')}`],
    statements: [],
  }
  return {
    change,
    perform: async () => {
      context.log.line(`target: ${change.title}`)
      await inOwnFolder((folder) =>
        runSchemaCommand(schema.command, schema['url-env'], work.targetLogin, {
          folder,
          application: schemaApplication(plan.migration),
          signal: work.signal,
          log: context.log,
        }),
      )
      await journal(target, context, 'schema-made', { made: schemaMark(plan) })
    },
  }
}

async function dumpSteps(
  work: SchemaWork,
  makeRoles: boolean,
  made: string | undefined,
): Promise<SchemaStep[]> {
  const { source, target, plan, context } = work
  const all = await readSchemaNeeds(source, planSchemas(plan))
  // It reads the source, and has nothing to do on the target.
  const behind = [work.dmsSourceUser]
  const needs = { ...all, roles: all.roles.filter((role) => !behind.includes(role)) }
  const programs = await findClientPrograms(needs.major, work.signal)
  const there = await readDumpTarget(target, needs)
  const roles = makeRoles
    ? missingRoleStatements(
        await readRoleAttributes(source, [...needs.roles, ...plan.cutover.applicationRoles]),
        await presentRoles(target),
        work.targetLogin.user,
      )
    : []
  refuseProblems('precondition', [
    ...rolesProblems(needs, there, makeRoles),
    ...extensionProblems(needs, there),
    ...(made === undefined ? schemaProblems(there) : []),
  ])
  for (const { name } of needs.extensions)
    if (!there.available.includes(name))
      context.log.warn(`the target does not offer the extension ${name}; nothing that is dumped refers to it`)

  const steps: SchemaStep[] = []
  const plain = (title: string, undo: string, statements: readonly string[]) => {
    if (statements.length === 0) return
    const change: DatabaseChange = { side: 'target', title, undo, statements }
    steps.push({ change, perform: () => performChange(target, change, context) })
  }
  plain(
    'make the roles that are missing, without passwords',
    'not undone: set a password for each that logs in',
    roles,
  )
  plain('make the extensions of the source', 'not undone', extensionStatements(needs, there))

  const foreignKeys = await readForeignKeys(source, { tables: [], schemas: needs.schemas })
  const saved = [
    savedForeignKeys(foreignKeys),
    savedIndexes(await readSecondaryIndexes(source, { tables: [], schemas: needs.schemas })),
  ]
  const change: DatabaseChange = {
    side: 'target',
    title: `make the schema ${needs.schemas.join(', ')} as the source has it, with keys, without foreign keys (${saved[0]?.rows.length ?? 0}) and other indexes (${saved[1]?.rows.length ?? 0}), which follow the load`,
    undo: 'not undone: the tables are the migration’s purpose',
    commands: [
      `${programs.pgDump} ${dumpArguments(needs.schemas, 'schema.dump').map(shellWord).join(' ')}`,
      `${programs.pgRestore} --use-list=<before the load> --file=schema.sql schema.dump`,
      `${programs.psql} ${psqlArguments('schema.sql').join(' ')}`,
    ],
    statements: [],
  }
  steps.push({
    change,
    perform: async () => {
      context.log.line(`target: ${change.title}`)
      await inOwnFolder(async (folder) => {
        const application = schemaApplication(plan.migration)
        const clients = { programs, folder, application, signal: work.signal, log: context.log }
        const { before, after } = await dumpSchema(
          work.sourceLogin,
          needs.schemas,
          { keptIndexes: needs.keptIndexes, presentSchemas: there.schemas, foreignKeys },
          { targetMajor: there.major, withoutRoles: behind },
          clients,
        )
        const rest: SavedRows[] =
          after === ''
            ? []
            : [{ kind: postDataKind, rows: [{ object: 'schema', definition: { sql: after } }] }]
        // What follows the load is saved in the very transaction that makes the tables.
        const script = [
          before,
          ...[...saved, ...rest].map((rows) => saveSql(plan, rows)),
          madeSql(work),
        ].join('\n')
        await applyWithPsql(work.targetLogin, script, clients)
      })
    },
  })
  return steps
}

function rolesProblems(needs: SchemaNeeds, there: DumpTarget, makeRoles: boolean): Problem[] {
  const missing = makeRoles ? [] : needs.roles.filter((role) => !there.roles.includes(role))
  return [
    ...missing.map((role) => ({
      field: 'schema',
      value: role,
      message: `the role ${role} owns or uses objects of the source and is not on the target`,
      remedy: `Write \`schema: { dump: { roles: true } }\`, or on the target: CREATE ROLE ${quoted(role)};`,
    })),
    ...there.strangers.map((role) => ({
      field: 'schema',
      value: role,
      message: `the migration’s login is no member of ${role} on the target and could not give it its objects`,
      remedy: `On the target: GRANT ${quoted(role)} TO the migration’s login;`,
    })),
  ]
}

function extensionProblems(needs: SchemaNeeds, there: DumpTarget): Problem[] {
  return needs.extensions
    .filter(({ name, needed }) => needed && !there.available.includes(name))
    .map(({ name, version }) => ({
      field: 'schema',
      value: name,
      message: `the schema uses the extension ${name} (${version}), which the target does not offer`,
      remedy: 'Choose an engine version of the target that offers it, or remove its use from the source.',
    }))
}

/** The dump makes each schema whole in one transaction: relations that are there come from somewhere else. */
function schemaProblems({ schemas }: DumpTarget): Problem[] {
  return schemas
    .filter(({ relations }) => relations > 0)
    .map(({ name, relations }) => ({
      field: 'schema',
      value: name,
      message: `the schema ${name} of the target holds ${relations} tables, views or sequences already`,
      remedy:
        'Write `schema: existing` where they are the right ones; else drop them on the target and run again.',
    }))
}

function extensionStatements(needs: SchemaNeeds, there: DumpTarget): string[] {
  return needs.extensions
    .filter(({ name }) => there.available.includes(name) && !there.installed.includes(name))
    .flatMap(({ name, schema }) => [
      ...(schema === 'public' || schema.startsWith('pg_')
        ? []
        : [`create schema if not exists ${quoted(schema)}`]),
      `create extension if not exists ${quoted(name)} with schema ${quoted(schema)}`,
    ])
}

async function presentRoles(target: Session): Promise<string[]> {
  const rows = await target.query<{ name: string }>('select rolname::text as name from pg_roles')
  return rows.map(({ name }) => name)
}

/** The statement that saves rows, with its values written out: psql takes no parameters from us. */
function saveSql(plan: Plan, { kind, rows }: SavedRows): string {
  const values = [plan.migration, kind, JSON.stringify(rows)]
  return `${saveStateStatement.replaceAll(/\$([123])(::\w+)?/gu, (_, place: string, cast: string | undefined) => `${escapeLiteral(values[Number(place) - 1] ?? '')}${cast ?? ''}`)};`
}

function madeSql({ plan, context }: SchemaWork): string {
  const detail = JSON.stringify({ made: schemaMark(plan) })
  const { runId, attempt } = context.run
  return `insert into aurora_migration.journal (migration, generation, run_id, run_attempt, event, detail) values (${escapeLiteral(plan.migration)}, 0, ${escapeLiteral(runId)}, ${attempt}, 'schema-made', ${escapeLiteral(detail)});`
}

async function inOwnFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(process.env['RUNNER_TEMP'] ?? tmpdir(), 'aurora-migration-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
