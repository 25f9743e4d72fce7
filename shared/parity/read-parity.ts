import { hasControlSchema } from '../control/plan-store.ts'
import { plannedTables } from '../migration/plan-schemas.ts'
import type { Plan } from '../migration/plan.ts'
import { readCollations, readExtensionVersions, readGrants, readObjects } from '../postgres/parity.ts'
import type { Session } from '../postgres/session.ts'
import { isPlatformRole } from '../preflight/own-roles.ts'
import { textKey, type Texts } from './compare-items.ts'
import {
  differingItems,
  judgeParity,
  type ObjectParity,
  type ParitySide,
  type SequenceValue,
} from './judge-parity.ts'
import type { MeantDifferences, ParityItem } from './parity-item.ts'
import {
  readDmsUsersStatement,
  readMeantDifferencesStatement,
  readObjectDetailsStatement,
  readObjectTextsStatement,
  readSequenceValuesStatement,
} from './statements.ts'

/**
 * Compares every object of two databases that is no row. `plan`: its control schema says which differences are meant.
 * `reverseUsers`: logins of the way back, each of which is on one side only.
 * The number of statements is the same whatever the number of objects; nothing is written.
 */
export async function compareObjectParity(
  source: Session,
  target: Session,
  plan: Plan | undefined,
  reverseUsers: readonly string[] = [],
): Promise<ObjectParity> {
  const [ours, theirs, meant] = await Promise.all([
    readSide(source),
    readSide(target),
    readMeant(source, target, plan, reverseUsers),
  ])
  const differing = differingItems(ours, theirs)
    .map((pair) => pair.source ?? pair.target)
    .filter((item) => item !== undefined)
    .filter(({ definition }) => definition !== '')
  const [sourceTexts, targetTexts] = await Promise.all([
    readTexts(source, differing),
    readTexts(target, differing),
  ])
  return judgeParity(ours, theirs, { source: sourceTexts, target: targetTexts }, meant)
}

async function readSide(session: Session): Promise<ParitySide> {
  const [version] = await session.query<{ number: number }>(
    "select current_setting('server_version_num')::integer as number",
  )
  const objects = await readObjects(session)
  const details = await session.query<Pick<ParityItem, 'kind' | 'name' | 'shape'>>(readObjectDetailsStatement)
  const grants = await readGrants(session)
  const extensions = await readExtensionVersions(session)
  const { provider, collate, ctype, locale } = await readCollations(session, [])
  const sequences = await session.query<SequenceValue>(readSequenceValuesStatement)
  const items: ParityItem[] = [
    ...objects,
    ...details.map((item) => ({ ...item, definition: '' })),
    ...grants.filter(isNoFunction).flatMap(({ object, grants: held }) =>
      held.map((grant) => {
        const at = grant.lastIndexOf(': ')
        const name = `${object} to ${grant.slice(0, at)}`
        return { kind: 'grant', name, shape: grant.slice(at + 2), definition: '' }
      }),
    ),
    ...extensions.map(({ name, version: installed }) => ({
      kind: 'extension',
      name,
      shape: installed,
      definition: '',
    })),
    {
      kind: 'database collation',
      name: 'database',
      shape: [provider, collate, ctype, locale].filter((part) => part !== null).join(' '),
      definition: '',
    },
  ]
  return {
    items: items.filter((item) => !isForPlatform(item)),
    sequences,
    major: Math.floor((version?.number ?? 0) / 10_000),
  }
}

/** Those of functions are among the details, with what a function that has no list of its own grants to everybody. */
function isNoFunction({ object }: { readonly object: string }): boolean {
  return !object.startsWith('function ')
}

/** Roles by which AWS runs a server are not the application’s, and there on one side only. */
function isForPlatform({ kind, name }: ParityItem): boolean {
  const grantee = name.slice(name.lastIndexOf(' to ') + 4)
  return (kind === 'grant' || kind === 'default privilege') && isPlatformRole(grantee)
}

async function readTexts(session: Session, items: readonly ParityItem[]): Promise<Texts> {
  const wanted = items.map(({ kind, name }) => ({ kind, name }))
  const rows = await session.query<{ kind: string; name: string; text: string }>(readObjectTextsStatement, [
    JSON.stringify(wanted),
  ])
  return new Map(rows.map(({ kind, name, text }) => [textKey(kind, name), text]))
}

async function readMeant(
  source: Session,
  target: Session,
  plan: Plan | undefined,
  reverseUsers: readonly string[],
): Promise<MeantDifferences> {
  if (plan === undefined) return { saved: [], ownRoles: [], planned: undefined }
  const rolesOf = async (session: Session) => {
    const [own] = await session.query<{ name: string }>('select current_user::text as name')
    const dms = await session.query<{ name: string }>(readDmsUsersStatement)
    return [...dms, ...(own === undefined ? [] : [own])].map(({ name }) => name)
  }
  const [ours, theirs, saved] = await Promise.all([
    rolesOf(source),
    rolesOf(target),
    savedOf(target, plan.migration),
  ])
  return {
    saved,
    ownRoles: [...new Set([...ours, ...theirs, ...reverseUsers])],
    planned: new Set(plannedTables(plan).map(({ schema, table }) => `${schema}.${table}`)),
  }
}

async function savedOf(target: Session, migration: string): Promise<MeantDifferences['saved']> {
  if (!(await hasControlSchema(target))) return []
  const rows = await target.query<{ kind: string; object: string; definition: string }>(
    readMeantDifferencesStatement,
    [migration],
  )
  return rows.map(({ kind, object, definition }) => ({
    kind,
    object,
    definition: JSON.parse(definition) as unknown,
  }))
}
