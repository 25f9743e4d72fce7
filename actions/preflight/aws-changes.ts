import { switchNames } from '../../shared/migration/planned-switch.ts'
import type { Migration } from '../../shared/migration/schema.ts'

/** One change outside the tables: where, what, how it is undone. */
export type ChangeRow = readonly [where: string, what: string, undone: string]

/**
 * What the strategy of the file makes and changes, in the order in which it happens, besides the changes that
 * prepare-target lists itself. `later`: the target is made first, so nothing could be listed there yet. Pure.
 */
export function strategyChanges(migration: Migration, later: boolean): ChangeRow[] {
  return [
    ...(later
      ? [...schemaChanges(migration), ...copyChanges(migration), ...duringLoadChanges(migration)]
      : []),
    ...dmsChanges(migration),
    [
      'source',
      'closed to writers at the cutover, after approval; until its commit point PostgreSQL undoes it by itself',
      migration.cutover['fall-back']
        ? 'not undone after the commit point: forward only, or back by fall-back'
        : 'not undone after the commit point: forward only',
    ],
    [
      'clients',
      `${switchNames(migration.cutover.switch)} pointed at the target at the cutover`,
      migration.cutover['fall-back']
        ? 'pointed back by fall-back'
        : 'pointed back by hand; former versions stay in Secrets Manager and SSM',
    ],
    ...wayBackChanges(migration),
  ]
}

/** What the cutover makes so that one can return; its check makes slots and endpoints before anybody waits. */
function wayBackChanges({ cutover }: Migration): ChangeRow[] {
  if (!cutover['fall-back']) return []
  return [
    [
      'target',
      'a replication slot for each task, made in the cutover’s check; it holds WAL there until cleanup',
      'dropped by fall-back or cleanup',
    ],
    [
      'AWS',
      'DMS endpoints and reverse tasks, started by the cutover when clients are on the target',
      'stopped by fall-back, deleted by cleanup',
    ],
    [
      'source',
      'while rows come back: NOT NULL off LOB columns, triggers that fire in replica mode disabled; DMS’s user of the way back may write',
      'put back when fall-back opens the source',
    ],
  ]
}

function schemaChanges({ schema, source, target }: Migration): ChangeRow[] {
  if (schema === 'existing') return []
  if (schema === 'dump') return [dumped('')]
  if ('dump' in schema) return [dumped(schema.dump.roles ? ', and roles that are missing there' : '')]
  if ('command' in schema)
    return [['target', `\`${schema.command.join(' ')}\` makes the schema`, 'by the framework’s own means']]
  return [
    [
      'AWS',
      `Aurora read replica ${target['rds-cluster'] ?? ''} of ${source['rds-instance'] ?? ''}, promoted and emptied`,
      'the cluster is deleted by hand',
    ],
  ]
}

function dumped(more: string): ChangeRow {
  return [
    'target',
    `schema of the source, by pg_dump, in two parts around the load${more}`,
    'dropped by hand',
  ]
}

function copyChanges({ load, source, target }: Migration): ChangeRow[] {
  const slots: ChangeRow = [
    'source',
    'a replication slot for each task, made before the copy; it holds WAL until the task runs',
    'dropped by cleanup',
  ]
  const made = target['rds-cluster'] ?? target['rds-instance'] ?? ''
  if (load.by === 'aurora-clone')
    return [
      slots,
      ['AWS', `Aurora clone ${made} of ${source['rds-cluster'] ?? ''}`, 'the clone is deleted by hand'],
    ]
  if (load.by === 'snapshot')
    return [
      slots,
      [
        'AWS',
        `${load.snapshot === undefined ? 'a snapshot of the source, and ' : ''}${made} restored from ${load.snapshot ?? 'it'}`,
        'what was restored, and the snapshot, are deleted by hand',
      ],
    ]
  return []
}

function duringLoadChanges({ 'during-load': during }: Migration): ChangeRow[] {
  const rows: ChangeRow[] = []
  if (during['replica-role'] === 'parameter-group')
    rows.push([
      'AWS',
      'session_replication_role = replica in the parameter group of the target while rows are loaded',
      'put back before the target opens',
    ])
  if (during['replica-role'] === 'disabled-triggers')
    rows.push(['target', 'triggers disabled while rows are loaded', 'enabled again as they were saved'])
  if (during['foreign-keys'] === 'drop')
    rows.push(['target', 'foreign keys dropped while rows are loaded', 'made again from their saved DDL'])
  if (during.indexes === 'drop')
    rows.push([
      'target',
      'indexes that enforce nothing dropped while rows are loaded',
      'made again from their saved DDL',
    ])
  return rows
}

function dmsChanges({ dms }: Migration): ChangeRow[] {
  const instance = dms['replication-instance']
  const made =
    dms.serverless !== undefined
      ? 'DMS Serverless replications, '
      : typeof instance === 'object' && !Array.isArray(instance)
        ? 'a replication instance, '
        : ''
  return [['AWS', `${made}DMS endpoints and replication tasks, started (create-task)`, 'deleted by cleanup']]
}
