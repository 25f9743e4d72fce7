import { createdResources, type CreatedResource } from '../dms/created-resources.ts'
import type { Session } from '../postgres/session.ts'
import type { SideSaid } from './stage.ts'
import {
  readDecisionsOfAllStatement,
  readDmsGrantsStatement,
  readJournalTailStatement,
  readLogicalSlotsStatement,
  readRemainsStatement,
  readSavedKindsStatement,
} from './statements.ts'

export type Side = 'source' | 'target'

export interface LogicalSlot {
  readonly slot: string
  readonly active: boolean
  readonly pid: number | null
  /** It is of this database: no other can drop it. */
  readonly here: boolean
  readonly database: string | null
  /** Bytes of WAL that the server keeps for it; null on a standby. */
  readonly walBytes: string | null
}

export interface JournalLine {
  readonly at: string
  readonly event: string
  readonly runId: string
  readonly generation: string
  readonly detail: string
}

/** A right that this migration gave to a user of DMS. */
export interface DmsGrant {
  readonly object: string
  readonly schema: string
  readonly table: string | null
  readonly user: string
}

/** What of the migration is in one database. */
export interface DatabaseSight {
  readonly side: Side
  readonly said: SideSaid
  readonly control: boolean
  readonly controlTables: readonly string[]
  readonly markers: boolean
  readonly markerTables: readonly string[]
  /** The schema of DMS's control tables. */
  readonly dms: boolean
  readonly dmsTables: readonly string[]
  readonly heartbeat: boolean
  /** Other migrations that this database's journal knows, and those of them that no cleanup has ended. */
  readonly others: readonly string[]
  readonly liveOthers: readonly string[]
  /** Rows of saved_state by kind. */
  readonly saved: ReadonlyMap<string, number>
  readonly grants: readonly DmsGrant[]
  readonly resources: readonly CreatedResource[]
  /** What other migrations made that are not cleaned up: never removed here, also when named. */
  readonly otherResources: readonly string[]
  readonly journal: readonly JournalLine[]
  readonly slots: readonly LogicalSlot[]
}

/** Lines of the journal that are told before it goes. */
const tail = 40

/** Reads all of it; works with what a former cleanup left, and changes nothing. */
export async function readDatabase(
  session: Session,
  side: Side,
  migration: string,
  heartbeatSchema: string | undefined,
): Promise<DatabaseSight> {
  const [there] = await session.query<{
    control: boolean
    controlTables: string[]
    markers: boolean
    markerTables: string[]
    dms: boolean
    dmsTables: string[]
    heartbeat: boolean
  }>(readRemainsStatement, [heartbeatSchema ?? null])
  if (there === undefined) throw new Error(`the ${side} could not be looked at`)
  const has = (table: string) => there.controlTables.includes(table)
  const [known] = has('decision')
    ? await session.query<{
        row: string | null
        cleaned: string | null
        others: string[]
        liveOthers: string[]
      }>(readDecisionsOfAllStatement, [migration])
    : []
  const saved = has('saved_state')
  const kinds = saved
    ? await session.query<{ kind: string; count: number }>(readSavedKindsStatement, [migration])
    : []
  const liveOthers = known?.liveOthers ?? []
  const otherResources: string[] = []
  if (saved)
    for (const other of liveOthers)
      otherResources.push(...(await createdResources(session, other)).map(({ identifier }) => identifier))
  return {
    ...there,
    side,
    said: {
      row: known === undefined || known.row === null ? undefined : (JSON.parse(known.row) as SideSaid['row']),
      cleaned: known?.cleaned === 'finished' || known?.cleaned === 'abandoned' ? known.cleaned : undefined,
    },
    others: known?.others ?? [],
    liveOthers,
    saved: new Map(kinds.map(({ kind, count }) => [kind, count])),
    grants: saved ? await session.query<DmsGrant>(readDmsGrantsStatement, [migration]) : [],
    resources: saved ? await createdResources(session, migration) : [],
    otherResources,
    journal: has('journal')
      ? await session.query<JournalLine>(readJournalTailStatement, [migration, tail])
      : [],
    slots: await session.query<LogicalSlot>(readLogicalSlotsStatement),
  }
}
