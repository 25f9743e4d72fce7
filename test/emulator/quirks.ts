import { z } from 'zod'

/**
 * Ways in which AWS DMS differs from what one would hope, each a switch. `true` is what is documented or reported of
 * DMS; `false` is the kinder behaviour. Turn one off to find out which result hangs on it.
 */
export const defaultQuirks = {
  /** Sequences of the target are never advanced. */
  sequencesNotAdvanced: true,
  /** UPDATE and DELETE of a table without a key are ignored (with REPLICA IDENTITY FULL they are applied). */
  keylessChangesIgnored: true,
  /** numeric without precision and scale is carried as numeric(28,6). */
  numericWithoutScaleRounded: true,
  /** Limited LOB mode cuts values at LobMaxSize. */
  lobLimits: true,
  /** Full LOB mode inserts a row with NULL LOBs first and fills them in afterwards. */
  lobTwoStep: true,
  /** During change capture LOB values are looked up on the source by key, as they are by then. */
  lobLookupDuringCdc: true,
  /** SupportLobs=false leaves LOB columns (text among them) out. */
  supportLobsOffDropsColumns: true,
  /** TRUNCATE on the source is not carried. */
  truncateNotReplicated: true,
  /** An UPDATE that changes a key is looked for under its new key and so finds no row. */
  keyUpdatesIgnored: true,
  /** ±infinity timestamps become 9999-12-31 23:59:59 and 4713-01-01 00:00:00 BC. */
  infinityReplaced: true,
  /** Trailing blanks of char(n) are cut off. */
  charTrimmed: true,
  /** varchar without length is cut at 8000 bytes. */
  unboundedVarcharCut: true,
  /** Stored generated columns are part of the column list, and the load of their tables fails. */
  generatedColumnsFail: true,
  /** An array column without a key suspends its table. */
  arrayWithoutKeySuspended: true,
  /** A source filter that lacks the key loses DELETEs. */
  filterWithoutKeyLosesDeletes: true,
  /** The slot's confirmed position stands still while no selected table changes, unless there is a heartbeat. */
  idleSlotNotAdvanced: true,
  /** wal_sender_timeout between 1 and 9999 ms fails the task. */
  walSenderTimeoutRefused: true,
  /** reload-target truncates even where the preparation mode is DO_NOTHING (one report, not documented). */
  reloadTargetAlwaysTruncates: false,
  /** A second `start-replication` of a task with a full load is refused. */
  secondStartRefused: true,
  /** A task starts only after a successful connection test of both endpoints on its replication instance. */
  startNeedsConnectionTest: true,
  /** ModifyEndpoint launches a connection test by itself. */
  modifyEndpointTestsConnection: true,
  /** Passwords with one of `;+%{}` are refused by the connection test. */
  passwordCharactersRefused: true,
} as const satisfies Record<string, boolean>

export type Quirk = keyof typeof defaultQuirks

const names = Object.keys(defaultQuirks) as [Quirk, ...Quirk[]]

/** A document that switches some of the quirks; an unknown name is an error. */
export const quirksSchema = z.partialRecord(z.enum(names), z.boolean())

/** The defaults with `overrides` laid over them. */
export function completeQuirks(overrides: Partial<Record<Quirk, boolean>> = {}): Record<Quirk, boolean> {
  return { ...defaultQuirks, ...overrides }
}
