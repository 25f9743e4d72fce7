import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError } from '../runtime/errors.ts'
import { forgetStateStatement, readSavedStateStatement } from '../target/statements.ts'

/** Kind of saved state under which a copy's LSN is kept, by slot. */
export const startPositionKind = 'cdc-start'

/**
 * Where each task without a full load begins: the LSN at which the copied rows are those of the source, by the task's
 * slot. Empty for a plan whose rows DMS loads. Throws `precondition` where the copy has not been made yet.
 */
export async function readStartPositions(source: Session, plan: Plan): Promise<ReadonlyMap<string, string>> {
  const slots = plan.tasks.flatMap(({ slot }) => slot ?? [])
  const { load } = plan
  if (load.by === 'existing') return new Map(slots.map((slot) => [slot, load.lsn]))
  if (slots.length === 0) return new Map()
  const rows = await source.query<{ object: string; definition: string }>(readSavedStateStatement, [
    plan.migration,
    startPositionKind,
  ])
  const positions = new Map(
    rows.map(({ object, definition }) => [object, (JSON.parse(definition) as { lsn: string }).lsn]),
  )
  const missing = slots.filter((slot) => !positions.has(slot))
  if (missing.length > 0) {
    throw new MigrationError('precondition', `no LSN is known yet for ${missing.join(', ')}`, {
      remedy: 'Run prepare-target first: it makes the copy and notes where change capture must begin.',
    })
  }
  return positions
}

/** Forgets where the tasks begin: a copy that is made anew stands elsewhere. */
export async function forgetStartPositions(source: Session, plan: Plan): Promise<void> {
  const slots = plan.tasks.flatMap(({ slot }) => slot ?? [])
  await source.query(forgetStateStatement, [plan.migration, startPositionKind, slots])
}
