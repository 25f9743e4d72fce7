import type { Migration } from '../migration/schema.ts'
import type { DatabaseLogin, Session } from '../postgres/session.ts'
import type { ActionContext } from '../runtime/run-action.ts'
import { forgetStateStatement } from '../target/statements.ts'
import type { DatabaseSight, Side } from './database-sight.ts'
import type { Named } from './named.ts'
import type { Stage, When } from './stage.ts'

/** What every part of a cleanup needs. */
export interface CleanupWork {
  readonly migration: Migration
  readonly context: ActionContext
  readonly when: When
  readonly stage: Stage
  readonly named: Named
  /** A side whose server is gone is absent. */
  readonly databases: Readonly<Partial<Record<Side, OpenDatabase>>>
}

export interface OpenDatabase {
  readonly session: Session
  /** For sessions of its own. */
  readonly login: DatabaseLogin
  readonly sight: DatabaseSight
}

export const sides = ['source', 'target'] as const

/** The databases that are there. */
export function openDatabases({ databases }: Pick<CleanupWork, 'databases'>): OpenDatabase[] {
  return sides.flatMap((side) => databases[side] ?? [])
}

/** What both journals say that the migration made. */
export function recordedResources(work: Pick<CleanupWork, 'databases'>): DatabaseSight['resources'] {
  return openDatabases(work).flatMap(({ sight }) => sight.resources)
}

/** After something was seen to be gone: the journal need not name it any more. */
export async function forgetResource(work: CleanupWork, identifier: string): Promise<void> {
  for (const { session, sight } of openDatabases(work))
    if (sight.resources.some((resource) => resource.identifier === identifier))
      await session.query(forgetStateStatement, [work.migration.name, 'aws', [identifier]])
}
