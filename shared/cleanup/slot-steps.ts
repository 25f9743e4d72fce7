import { dmsSecret, reverseSecret, sideLogin } from '../databases/open-database.ts'
import { sqlState, withSession, type Session } from '../postgres/session.ts'
import { shownBytes } from '../preflight/wal-budget.ts'
import { MigrationError } from '../runtime/errors.ts'
import { poll } from '../runtime/poll.ts'
import { isSlotOfTask } from './belonging.ts'
import type { CleanupStep } from './cleanup-step.ts'
import type { LogicalSlot, Side } from './database-sight.ts'
import { mayDropSlotsStatement, readLogicalSlotsStatement } from './statements.ts'
import {
  forgetResource,
  openDatabases,
  recordedResources,
  type CleanupWork,
  type OpenDatabase,
} from './work.ts'

/** Slots of one database, those that keep the most WAL first. */
export interface SlotSight {
  /** Ours, or named by the input. */
  readonly ours: readonly { readonly side: Side; readonly slot: LogicalSlot }[]
  /** Somebody else's, which nothing reads: they keep WAL, and nothing here may drop them. */
  readonly idle: readonly {
    readonly side: Side
    readonly slot: LogicalSlot
    /** Another migration of this database made it. */
    readonly others: boolean
  }[]
  /** Named by the input, but another migration's. */
  readonly refused: readonly string[]
}

/** Which slots are to go: those that a journal names, and those that DMS made for our tasks. Pure. */
export function chooseSlots(work: CleanupWork, taskArns: readonly string[]): SlotSight {
  const recorded = recordedResources(work).filter(({ kind }) => kind === 'slot')
  const all = openDatabases(work).flatMap(({ sight }) =>
    sight.slots.map((slot) => ({ side: sight.side, slot, others: sight.otherResources })),
  )
  const isNamed = (side: Side, name: string) =>
    work.named.slots.some((named) => named.side === side && named.slot === name)
  const ours = all.filter(
    ({ side, slot, others }) =>
      slot.here &&
      !others.includes(slot.slot) &&
      (recorded.some(({ identifier }) => identifier === slot.slot) ||
        isSlotOfTask(slot.slot, taskArns) ||
        isNamed(side, slot.slot)),
  )
  return {
    ours,
    idle: all
      .filter((one) => !ours.includes(one) && !one.slot.active)
      .map(({ side, slot, others }) => ({ side, slot, others: others.includes(slot.slot) })),
    refused: all
      .filter(({ side, slot, others }) => isNamed(side, slot.slot) && others.includes(slot.slot))
      .map(({ side, slot }) => `${side}:${slot.slot}`),
  }
}

/** How much WAL the server keeps for a slot, as a person would say it. */
export function keptWal({ walBytes }: Pick<LogicalSlot, 'walBytes'>): string {
  return walBytes === null
    ? 'an unknown amount of WAL'
    : `${shownBytes(BigInt(walBytes))} of WAL (${walBytes} bytes)`
}

/** Drops the slots that nothing reads: they come before all else, since WAL that they keep fills the server's disk. */
export function idleSlotSteps(work: CleanupWork, sight: SlotSight): CleanupStep[] {
  return sight.ours.filter(({ slot }) => !slot.active).map((one) => slotStep(work, one, []))
}

/** Drops the others, when what reads them was stopped. */
export function readSlotSteps(work: CleanupWork, sight: SlotSight, after: readonly string[]): CleanupStep[] {
  return sight.ours.filter(({ slot }) => slot.active).map((one) => slotStep(work, one, after))
}

/** After DMS has deleted the tasks: slots that were made meanwhile, or that it left behind. */
export function leftSlotSteps(work: CleanupWork, taskArns: readonly string[]): CleanupStep[] {
  if (taskArns.length === 0) return []
  return openDatabases(work).map((database) => ({
    id: `left slots ${database.sight.side}`,
    where: database.sight.side,
    title: 'see that DMS has left no slot of the tasks behind, and drop what it has left',
    commands: [`select pg_drop_replication_slot(…) where DMS left one of ${taskArns.length} tasks`],
    after: [],
    perform: async () => {
      const slots = await database.session.query<LogicalSlot>(readLogicalSlotsStatement)
      for (const { slot } of slots.filter((one) => one.here && isSlotOfTask(one.slot, taskArns)))
        await dropSlot(work, database, slot)
    },
  }))
}

function slotStep(
  work: CleanupWork,
  { side, slot }: { readonly side: Side; readonly slot: LogicalSlot },
  after: readonly string[],
): CleanupStep {
  const state = slot.active ? 'read' : 'read by nobody'
  return {
    id: `slot ${side} ${slot.slot}`,
    where: side,
    title: `drop the replication slot ${slot.slot}, ${state}, which keeps ${keptWal(slot)}`,
    commands: [`select pg_drop_replication_slot('${slot.slot}')`],
    after,
    removes: slot.slot,
    perform: async () => {
      const database = work.databases[side]
      if (database !== undefined) await dropSlot(work, database, slot.slot)
      await forgetResource(work, slot.slot)
    },
  }
}

/** How long a slot may still be read after its task has stopped: DMS's connection ends a moment later. */
const releaseMs = 120_000

async function dropSlot(work: CleanupWork, { session, sight }: OpenDatabase, slot: string): Promise<void> {
  const { clock, signal } = work.context
  await poll(
    async () => {
      const found = (await session.query<LogicalSlot>(readLogicalSlotsStatement)).find(
        (one) => one.slot === slot,
      )
      if (found === undefined) return { done: true, value: undefined }
      if (found.active)
        return { done: false, reason: `it is read by the session ${found.pid ?? '?'}`, progress: '' }
      await asReplicator(work, sight.side, session, (replicator) =>
        replicator.query('select pg_drop_replication_slot($1)', [slot]),
      )
      return { done: true, value: undefined }
    },
    {
      clock,
      signal,
      deadlineMs: releaseMs,
      what: `the replication slot ${slot} of the ${sight.side} to be free`,
      remedy: `Find out what reads it (SELECT * FROM pg_stat_replication), stop that, then run cleanup again.`,
      longestPauseMs: 2000,
    },
  )
}

/** In the name of a role that may drop slots, else logged in as DMS's user that reads there, which has that right. */
async function asReplicator(
  work: CleanupWork,
  side: Side,
  session: Session,
  drop: (session: Session) => Promise<unknown>,
): Promise<void> {
  const [row] = await session.query<{ role: string }>(mayDropSlotsStatement)
  try {
    await (row === undefined ? asReader(work, side, drop) : inRole(session, row.role, drop))
  } catch (cause) {
    // 42704: it is gone, which was wanted.
    if (sqlState(cause) === '42704') return
    // 55006: somebody has begun to read it again.
    if (sqlState(cause) !== '42501' && sqlState(cause) !== '55006') throw cause
    throw new MigrationError('precondition', cause instanceof Error ? cause.message : String(cause), {
      remedy: `On the ${side}: GRANT the user with which DMS reads there TO the migration’s login, and let nothing read the slot; then run cleanup again.`,
      cause,
    })
  }
}

async function inRole(
  session: Session,
  role: string,
  drop: (session: Session) => Promise<unknown>,
): Promise<void> {
  await session.query("select set_config('role', $1, false)", [role])
  try {
    await drop(session)
  } finally {
    await session.query('reset role')
  }
}

async function asReader(
  work: CleanupWork,
  side: Side,
  drop: (session: Session) => Promise<unknown>,
): Promise<void> {
  const { migration, context } = work
  const login = await sideLogin(migration, side, context.signal)
  // Forward tasks read the source, those of a way back the target.
  const read = side === 'source' ? dmsSecret : reverseSecret
  const { username: user, password } = await read(migration, side, context.signal)
  await withSession(
    { ...login, user, password },
    {
      label: `${side} (as DMS’s user)`,
      application: 'aurora-migration cleanup',
      signal: context.signal,
    },
    drop,
  )
}
