import type { Session } from '../postgres/session.ts'
import type { KeptIndex } from './dump-contents.ts'
import type { RoleAttributes } from './missing-roles.ts'
import {
  readRoleAttributesStatement,
  readSchemaNeedsStatement,
  readTargetForDumpStatement,
} from './statements.ts'

export interface SourceExtension {
  readonly name: string
  readonly schema: string
  readonly version: string
  /** Objects of the dumped schemas use it. */
  readonly needed: boolean
}

/** What a dump of the planned schemas takes along. */
export interface SchemaNeeds {
  readonly major: number
  /** Schemas of the planned tables and those that they refer to. */
  readonly schemas: readonly string[]
  readonly extensions: readonly SourceExtension[]
  /** Owners and grantees of the objects. */
  readonly roles: readonly string[]
  readonly keptIndexes: readonly KeptIndex[]
}

/** What of it the target has. */
export interface DumpTarget {
  readonly major: number
  readonly schemas: readonly { readonly name: string; readonly own: boolean; readonly relations: number }[]
  readonly roles: readonly string[]
  /** Roles that the migration's login is no member of. */
  readonly strangers: readonly string[]
  readonly installed: readonly string[]
  readonly available: readonly string[]
}

export async function readSchemaNeeds(source: Session, schemas: readonly string[]): Promise<SchemaNeeds> {
  const [row] = await source.query<SchemaNeeds>(readSchemaNeedsStatement, [[...schemas]])
  if (row === undefined) throw new Error('the source’s schemas could not be looked at')
  return row
}

export async function readDumpTarget(target: Session, needs: SchemaNeeds): Promise<DumpTarget> {
  const [row] = await target.query<DumpTarget>(readTargetForDumpStatement, [
    [...needs.schemas],
    [...needs.roles],
    needs.extensions.map(({ name }) => name),
  ])
  if (row === undefined) throw new Error('the target’s schemas could not be looked at')
  return row
}

export async function readRoleAttributes(
  source: Session,
  roles: readonly string[],
): Promise<RoleAttributes[]> {
  return source.query<RoleAttributes>(readRoleAttributesStatement, [[...roles]])
}
