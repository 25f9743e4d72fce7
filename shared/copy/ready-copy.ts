import { workflowRun } from '../github/run.ts'
import { quoted } from '../migration/identifier.ts'
import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { withOpen } from '../databases/with-open.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { Log } from '../runtime/log.ts'
import { controlSchemaStatements } from '../target/control-changes.ts'
import { inTransaction, journal } from '../target/database-change.ts'
import { readDecisions, refuseOpened } from '../target/decisions.ts'
import { raiseGuard, readGuard } from '../target/guard.ts'
import { saveStateStatement } from '../target/statements.ts'
import { demandAnotherServer } from '../databases/another-server.ts'
import { afterRecord } from './lsn.ts'
import { checkStartPositions, lookInto, readSlots, slotsOf } from './slots.ts'
import { startPositionKind } from './start-positions.ts'
import { readCopyStatement, readPositionAfterRecordStatement } from './statements.ts'

export interface ReadyWork {
  /** The source and the copy as the migration's own login. */
  readonly control: Session
  readonly copy: Session
  /** As DMS's source user, who may look into slots, and came along with the copy, where it may drop them. */
  readonly openDmsSource: () => Promise<Session>
  readonly openDmsCopy: () => Promise<Session>
  /** Who DMS logs in as on either side: they may connect to the copy while it is closed. */
  readonly dmsUsers: { readonly source: string; readonly target: string }
  /** `redo done` of the restored server's log; undefined where there is no such line yet. */
  readonly redoDone: () => Promise<string | undefined>
  readonly log: Log
  readonly changes: string[]
}

/** Event of the target's journal. */
const readyEvent = 'copy-ready'

interface CopyFacts {
  readonly auroraFunctions: number
  readonly inRecovery: boolean
  readonly slots: readonly string[]
  readonly schemas: readonly string[]
  readonly mark: string | null
}

/**
 * Makes a fresh copy of the source into a target. The roles of the applications came along with their passwords, so it is
 * closed to them (the guard) before anything that takes time. Then it notes on the source at which LSN the rows stand
 * (once: the copy goes its own way afterwards), and drops the slots that came along, since nobody would ever move them.
 * Each step can be repeated. Throws `refused` where the login of the target leads to the source, whose own slots and
 * logins all these would be, and where the target is open already.
 */
export async function readyCopy(work: ReadyWork, plan: Plan, noted: boolean): Promise<void> {
  await demandAnotherServer(work.control, work.copy)
  const facts = await readCopy(work.copy)
  if (facts.inRecovery)
    throw new MigrationError('precondition', 'the copy is still a replica: it cannot be written to')
  const ready = facts.mark?.includes('(target)') === true && (await isReady(work.copy, plan.migration))
  if (!ready) await closeCopy(work, plan.migration, facts)
  const slots = slotsOf(plan)
  if (slots.length > 0 && !noted) {
    const lsn = await positionOf(work, facts, slots[0] ?? '')
    await withOpen(work.openDmsSource, async (dms) => checkStartPositions(dms, slots, lsn))
    await work.control.query(saveStateStatement, [
      plan.migration,
      startPositionKind,
      JSON.stringify(slots.map((object) => ({ object, definition: { lsn } }))),
    ])
    say(work, `the copy stands at ${lsn}: change capture begins there`)
  }
  // A target of ours already: slots in it are those of the way back.
  if (ready) return
  // What came along is on the source as well; what is not was made here, by somebody who needs it.
  const along = (await readSlots(work.control, facts.slots)).map(({ slot }) => slot)
  if (along.length > 0) await withOpen(work.openDmsCopy, async (dms) => dropSlots(work, dms, along))
  for (const slot of facts.slots.filter((name) => !along.includes(name)))
    work.log.warn(
      `target: left the replication slot ${slot}, which the source does not have; it keeps WAL until somebody reads or drops it`,
    )
  const context = { migration: plan.migration, run: workflowRun(), log: work.log }
  // Not which slots were dropped: a run that ended in between would know only of the others.
  await journal(work.copy, context, readyEvent, {})
}

/**
 * Raises the guard, which needs the target's own control schema: the source's, which came along, says what the source is
 * and goes in the same transaction. DMS's source user keeps its way in until its slots are dropped; the preparation closes
 * the target to it as well.
 */
async function closeCopy(work: ReadyWork, migration: string, facts: CopyFacts): Promise<void> {
  const { copy, log, dmsUsers } = work
  const fresh = facts.mark?.includes('(target)') !== true
  const context = { migration, run: workflowRun(), log }
  if (fresh) {
    const title = 'make the control schema of the target, in place of the source’s, which came along'
    await inTransaction(copy, { side: 'target', title }, async () => {
      await copy.query(
        [
          ...facts.schemas.map((name) => `drop schema ${quoted(name)} cascade`),
          ...controlSchemaStatements('target'),
        ].join(';\n'),
      )
      await journal(copy, context, 'changed', { title })
    })
    say(work, `target: ${title}`)
  }
  const title = `close the copy to everyone but ${dmsUsers.target}, ${dmsUsers.source} and this login (the guard)`
  // Not `fresh`: a former run may have ended between the two transactions.
  const { raised } = await readGuard(copy, migration)
  const note = async () => (raised ? undefined : journal(copy, context, 'changed', { title }))
  const { ended } = await raiseGuard(copy, { migration, keep: [dmsUsers.target, dmsUsers.source], note })
  if (!raised) say(work, `target: ${title}`)
  if (ended > 0) log.warn(`target: ended ${ended} sessions of others, which had come to the copy already`)
}

/**
 * Whether a former run made it ready, or even prepared it: then its guard is the preparation's, which raises it again.
 * Throws `refused` where it is open.
 */
async function isReady(copy: Session, migration: string): Promise<boolean> {
  const decisions = await readDecisions(copy)
  refuseOpened(migration, [], decisions)
  if (decisions.some((row) => row.migration === migration)) return true
  const [row] = await copy.query<{ ready: boolean }>(
    'select exists (select from aurora_migration.journal where migration = $1 and event = $2) as ready',
    [migration, readyEvent],
  )
  return row?.ready === true
}

/**
 * The position behind the last record that was replayed. Where that is a COMMIT its end is taken, as the slot shows it:
 * a reader that goes by where records end would apply that transaction twice from any position inside it.
 */
async function positionAfter(dms: Session, slot: string, redo: string): Promise<string> {
  const inside = afterRecord(redo)
  const [row] = await lookInto<{ lsn: string }>(dms, readPositionAfterRecordStatement, [slot, redo, inside])
  return row?.lsn ?? inside
}

async function dropSlots(work: ReadyWork, dms: Session, slots: readonly string[]): Promise<void> {
  for (const slot of slots) {
    await dms.query('select pg_drop_replication_slot($1)', [slot])
    say(work, `target: dropped the replication slot ${slot}, which came along with the copy`)
  }
}

async function readCopy(copy: Session): Promise<CopyFacts> {
  const [facts] = await copy.query<CopyFacts>(readCopyStatement)
  if (facts === undefined) throw new Error('a statement that always gives a row gave none')
  return facts
}

/** Aurora says it itself (Aurora User Guide, aurora_volume_logical_start_lsn); RDS writes it to the server's log. */
async function positionOf(work: ReadyWork, facts: CopyFacts, slot: string): Promise<string> {
  if (facts.auroraFunctions > 0) {
    const [row] = await work.copy.query<{ lsn: string }>(
      'select aurora_volume_logical_start_lsn()::text as lsn',
    )
    if (row !== undefined) return row.lsn
  }
  const redo = await work.redoDone()
  if (redo !== undefined) return withOpen(work.openDmsSource, async (dms) => positionAfter(dms, slot, redo))
  throw new MigrationError('precondition', 'nothing says at which LSN the rows of the copy stand', {
    remedy:
      'Look for “redo done at” in the log of the restored instance, and write `load: { by: existing, lsn: …, slots: […] }`.',
  })
}

function say(work: ReadyWork, line: string): void {
  work.changes.push(line)
  work.log.line(line)
}
