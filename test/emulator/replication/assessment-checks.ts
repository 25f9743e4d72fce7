import type { AssessedTable, AssessmentFacts } from './assessment-facts.ts'
import { lobClass, type Column } from './catalogue.ts'
import type { MigrationType } from './job-contract.ts'

export type Verdict = 'passed' | 'warning' | 'failed'

/** One of DMS's individual assessments, under the API key that the User Guide gives it. */
export interface AssessmentCheck {
  readonly name: string
  readonly types: readonly MigrationType[]
  /** Pure. `message` says what was found. */
  judge(facts: AssessmentFacts): { readonly verdict: Verdict; readonly message?: string }
}

const all: readonly MigrationType[] = ['full-load', 'cdc', 'full-load-and-cdc']
const capturing: readonly MigrationType[] = ['cdc', 'full-load-and-cdc']
const loading: readonly MigrationType[] = ['full-load', 'full-load-and-cdc']

/** Oldest major that DMS takes, and the newest that engine 3.6.1 does. */
const versions = { least: 90_400, most: 190_000 }
const longestWalSenderTimeoutMs = 300_000

/** Types that the User Guide's matrix for PostgreSQL to PostgreSQL says are not migrated. */
const unsupported =
  /^(tsvector|tsquery|path|line|lseg|box|circle|inet|macaddr|macaddr8|int4range|int8range|numrange|tsrange|tstzrange|daterange)$/

function isUnsupported(column: Column): boolean {
  return column.kind === 'c' || column.kind === 'e' || unsupported.test(column.baseType)
}

function check(
  name: string,
  types: readonly MigrationType[],
  bad: Verdict,
  find: (facts: AssessmentFacts) => string | null,
): AssessmentCheck {
  return {
    name,
    types,
    judge(facts) {
      const message = find(facts)
      return message === null ? { verdict: 'passed' } : { verdict: bad, message }
    },
  }
}

function tablesThat(
  what: string,
  holds: (table: AssessedTable, facts: AssessmentFacts) => boolean,
): (facts: AssessmentFacts) => string | null {
  return (facts) => {
    const found = facts.tables.filter((table) => holds(table, facts)).map(({ name }) => name)
    return found.length === 0 ? null : `${what}: ${found.join(', ')}`
  }
}

const hasLob = ({ selected }: AssessedTable): boolean =>
  selected.source.columns.some((column) => lobClass(column) !== null)
const hasKey = ({ source }: AssessedTable): boolean => source.has_primary_key || source.has_unique
const when = (condition: boolean, message: string): string | null => (condition ? message : null)

/** In the order of the User Guide. Those about data masking and PostGIS are not there. */
export const ASSESSMENT_CHECKS: readonly AssessmentCheck[] = [
  check('unsupported-data-types-in-source', all, 'failed', (facts) => {
    const found = facts.tables.flatMap(({ name, selected }) =>
      selected.source.columns
        .filter(isUnsupported)
        .map((column) => `${name}.${column.name} ${column.declaredType}`),
    )
    return found.length === 0 ? null : `Unsupported data types: ${found.join(', ')}`
  }),
  check(
    'full-lob-not-nullable-at-target',
    all,
    'failed',
    tablesThat('LOB columns that the target does not let be null in full LOB mode', (table, { settings }) => {
      const names = new Map(table.target?.table.columns.map((column) => [column.name, column]))
      return (
        settings.TargetMetadata.FullLobMode &&
        table.selected.source.columns.some(
          (column) =>
            lobClass(column) !== null && names.get(table.selected.columns.get(column.name) ?? '')?.notNull,
        )
      )
    }),
  ),
  check(
    'table-with-lob-but-without-primary-key-or-unique-constraint',
    all,
    'failed',
    tablesThat('LOB columns without a key', (table) => hasLob(table) && !hasKey(table)),
  ),
  check(
    'table-with-no-primary-key-or-unique-constraint',
    capturing,
    'warning',
    tablesThat('No primary key and no unique constraint', (table) => !hasKey(table)),
  ),
  check(
    'target-table-has-unique-key-or-primary-key-for-cdc',
    capturing,
    'warning',
    tablesThat(
      'No key on the target',
      ({ target }) => target !== null && !target.has_primary_key && !target.has_unique,
    ),
  ),
  check('postgres-check-ddl-event-trigger', capturing, 'warning', ({ source }) =>
    when(source.ddl_trigger !== 'A', 'The event trigger awsdms_intercept_ddl is not ENABLE ALWAYS'),
  ),
  check('postgres-check-session-replication-role', loading, 'warning', ({ targetReplicationRole }) =>
    when(
      targetReplicationRole !== 'replica',
      `session_replication_role is ${targetReplicationRole} on the target: foreign keys and triggers fire`,
    ),
  ),
  check('postgres-check-similar-table-name', all, 'failed', ({ tables }) => {
    const names = tables.map(({ name }) => name)
    const twice = names.filter((name) =>
      names.some((other) => other !== name && other.toLowerCase() === name.toLowerCase()),
    )
    return when(twice.length > 0, `Names that differ by case only: ${twice.join(', ')}`)
  }),
  check(
    'postgres-check-table-with-array',
    all,
    'failed',
    tablesThat(
      'ARRAY columns without a primary key',
      ({ selected, source }) =>
        !source.has_primary_key && selected.source.columns.some((column) => column.category === 'A'),
    ),
  ),
  check(
    'postgres-check-batch-apply-target-pk-ui-absence',
    capturing,
    'failed',
    tablesThat(
      'BatchApplyEnabled, and no key on the target',
      ({ target }, { batchApply }) =>
        batchApply && target !== null && !target.has_primary_key && !target.has_unique,
    ),
  ),
  check(
    'postgres-check-batch-apply-target-pk-ui-simultaneously',
    capturing,
    'failed',
    tablesThat(
      'BatchApplyEnabled, and both a primary key and a unique index on the target',
      ({ target }, { batchApply }) =>
        batchApply && target !== null && target.has_primary_key && target.has_unique,
    ),
  ),
  check(
    'postgres-check-target-secondary-indexes',
    loading,
    'warning',
    tablesThat('Secondary indexes on the target', ({ target }) => target?.has_secondary ?? false),
  ),
  check('postgres-batch-apply-lob-mode', capturing, 'failed', ({ batchApply, settings, tables }) =>
    when(
      batchApply && tables.some(hasLob) && settings.TargetMetadata.FullLobMode,
      'BatchApplyEnabled works in limited LOB mode only',
    ),
  ),
  check('postgres-check-dbversion', all, 'failed', ({ source }) =>
    when(
      source.version < versions.least || source.version >= versions.most,
      `Version ${source.version} of the source is not supported`,
    ),
  ),
  check('postgres-check-for-logical-decoding-work-mem', capturing, 'warning', ({ source }) =>
    when(source.decoding_kb <= 65_536, `logical_decoding_work_mem is ${source.decoding_kb} kB`),
  ),
  check('postgres-check-longrunningtxn', capturing, 'failed', ({ source }) =>
    when(
      source.long_transactions > 0,
      `${source.long_transactions} transactions have been open for over 10 minutes`,
    ),
  ),
  check('postgres-check-maxslot-wal-keep-size', capturing, 'warning', ({ source }) =>
    when(source.slot_keep_mb !== -1, `max_slot_wal_keep_size is ${source.slot_keep_mb} MB`),
  ),
  check('postgres-check-maxwalsenders', capturing, 'failed', ({ source }) =>
    when(source.wal_senders <= 1, `max_wal_senders is ${source.wal_senders}`),
  ),
  check('postgres-check-pglogical', capturing, 'warning', ({ source }) =>
    when(!source.pglogical, 'pglogical is not available: test_decoding will be used'),
  ),
  check(
    'postgres-check-pk-lob',
    all,
    'failed',
    tablesThat('LOB columns in the primary key', ({ selected }) =>
      selected.source.columns.some(
        (column) => lobClass(column) !== null && selected.source.keyColumns.includes(column.name),
      ),
    ),
  ),
  check(
    'postgres-check-pk',
    capturing,
    'warning',
    tablesThat('No primary key', ({ source }) => !source.has_primary_key),
  ),
  check('postgres-check-preparedtxn', capturing, 'failed', ({ source }) =>
    when(source.prepared > 0, `${source.prepared} prepared transactions`),
  ),
  check('postgres-check-walsenderstimeout', capturing, 'failed', ({ source }) => {
    const timeout = source.wal_sender_timeout_ms
    return when(
      (timeout >= 1 && timeout < 10_000) || timeout > longestWalSenderTimeoutMs,
      `wal_sender_timeout is ${timeout} ms`,
    )
  }),
  check('postgres-check-wallevel', capturing, 'failed', ({ source }) =>
    when(source.wal_level !== 'logical', `wal_level is ${source.wal_level}`),
  ),
  check(
    'postgres-check-limited-lob-size',
    all,
    'warning',
    tablesThat('LOBs longer than LobMaxSize', ({ longestLob, selected }, { settings }) => {
      const metadata = settings.TargetMetadata
      const limit = selected.lobMaxSize ?? metadata.LobMaxSize
      return !metadata.FullLobMode && longestLob > limit * 1024
    }),
  ),
  check(
    'postgres-check-pk-validity',
    all,
    'failed',
    tablesThat('An invalid primary key', ({ source }) => source.has_invalid_key),
  ),
  check(
    'postgres-check-target-privileges',
    all,
    'failed',
    tablesThat('No right to write on the target', ({ target }) => target !== null && !target.writable),
  ),
  check('postgres-check-replication-slots-count', capturing, 'failed', ({ source }) =>
    when(
      source.slots_used >= source.slots,
      `${source.slots_used} of ${source.slots} replication slots are in use`,
    ),
  ),
  check(
    'postgres-check-select-object-privileges',
    all,
    'failed',
    tablesThat('No right to read on the source', ({ source }) => !source.readable),
  ),
]
