/**
 * The habits of AWS DMS that bite, each a switch. `on` is the default: true where AWS documents it or where it was seen on
 * a live account, false where the report is doubtful or where the milliseconds of a rehearsal matter more.
 */
export interface QuirkMeaning {
  readonly on: boolean
  readonly meaning: string
}

export const QUIRKS = {
  'keyless-changes-ignored': {
    on: true,
    meaning:
      'UPDATE and DELETE of a table without a replica identity are dropped; off: the table is suspended',
  },
  'key-updates-ignored': {
    on: true,
    meaning:
      'an UPDATE that changes the key looks for the new key and finds nothing; off: it looks for the old key',
  },
  'truncate-ignored': { on: true, meaning: 'TRUNCATE is dropped; off: it is applied' },
  'numeric-rounded': {
    on: true,
    meaning:
      'numeric without precision is rounded to six decimals, more than 22 integer digits are a data error',
  },
  'lob-truncated': { on: true, meaning: 'limited LOB mode cuts at LobMaxSize; off: LOBs are always whole' },
  'lob-columns-dropped': {
    on: true,
    meaning: 'SupportLobs=false leaves out every LOB column, text included; off: they are moved',
  },
  'full-lob-null-first': {
    on: true,
    meaning: 'full LOB mode writes NULL first and the LOB afterwards, so NOT NULL fails; off: one step',
  },
  'lob-lookup': {
    on: false,
    meaning: 'CDC reads LOBs from the source by key when it applies, not as they were at the commit',
  },
  'varchar-cut': { on: true, meaning: 'varchar without length is cut at 8000 bytes' },
  'infinity-replaced': {
    on: true,
    meaning: 'infinite timestamps become 9999-12-31 23:59:59 and 4713-01-01 BC',
  },
  'generated-columns-fail': {
    on: true,
    meaning: 'stored generated columns are written like any other, which PostgreSQL refuses; off: left out',
  },
  'identity-always-fails': {
    on: true,
    meaning: 'CDC writes a plain INSERT into GENERATED ALWAYS identity (428C9); off: OVERRIDING SYSTEM VALUE',
  },
  'columns-by-position': { on: false, meaning: 'full load matches columns by position, not by name' },
  'partition-parents-loaded': {
    on: true,
    meaning: 'a selected partitioned parent is loaded beside its partitions; off: partitions only',
  },
  'inheritance-without-only': {
    on: true,
    meaning: 'an inheritance parent is read with the rows of its children; off: ONLY',
  },
  'array-without-key-suspended': {
    on: true,
    meaning: 'a table with an array and no key ends in Table error at load',
  },
  'filtered-deletes-lost': {
    on: true,
    meaning: 'DELETE is lost where a filter names a column that is not part of the key',
  },
  'reload-target-truncates': { on: false, meaning: 'reload-target truncates even with DO_NOTHING' },
  'cached-changes-overlap': {
    on: false,
    meaning:
      'changes that the full load has already read are applied again, conflicts ignored; off: each change once',
  },
  'open-transactions-missed': {
    on: true,
    meaning:
      'after TransactionConsistencyTimeout the load starts and capture misses what was open; off: wait on',
  },
  'idle-slot-stays': {
    on: true,
    meaning: 'confirmed_flush_lsn stands still while no selected table changes and no heartbeat is on',
  },
  'wal-sender-timeout-checked': { on: true, meaning: 'wal_sender_timeout of 1 to 9999 ms fails the task' },
  'validation-index-collides': {
    on: false,
    meaning: 'a second task with validation meets the index of the first (42P07) and fails',
  },
  'metrics-late': { on: true, meaning: 'CloudWatch points appear late and only once a period' },
  'errored-tables-count-as-loaded': {
    on: true,
    meaning: 'progress reaches 100 percent although tables are in error',
  },
  'second-start-refused': { on: true, meaning: 'start-replication is refused on a task that ran before' },
  'serverless-start-position-refused': {
    on: true,
    meaning: 'StartReplication takes no CdcStartPosition; off: it does, as StartReplicationTask',
  },
  'partition-segments-refused': {
    on: true,
    meaning: 'parallel-load by partitions is refused for PostgreSQL; off: each partition is a segment',
  },
  'connection-test-required': {
    on: true,
    meaning: 'a task starts only after successful connection tests; modifying an endpoint tests anew',
  },
  'password-characters-refused': { on: true, meaning: 'passwords with ; + % { } fail the connection test' },
} as const satisfies Record<string, QuirkMeaning>

export type Quirk = keyof typeof QUIRKS

/** Every quirk at its default, with the given ones changed. */
export function quirkSettings(changes: Partial<Record<Quirk, boolean>> = {}): Record<Quirk, boolean> {
  const names = Object.keys(QUIRKS) as Quirk[]
  return Object.fromEntries(names.map((name) => [name, changes[name] ?? QUIRKS[name].on])) as Record<
    Quirk,
    boolean
  >
}
