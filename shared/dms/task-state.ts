import type { ReplicationTask } from './replication-task.ts'
import { externalId } from './task-identifier.ts'

/** What a task's status and stop reason mean to a migration. */
export type TaskState =
  /** On its way to another state: `creating`, `starting`, `modifying`, … */
  | { readonly kind: 'settling'; readonly status: string }
  /** Never ran; may be started with start-replication. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'running' }
  /** A task without CDC that has loaded everything it set out to load. */
  | { readonly kind: 'finished' }
  /** Does not run. `by`: a user asked for it, a setting did, or DMS gave up by itself. */
  | { readonly kind: 'stopped'; readonly by: 'user' | 'setting' | 'itself'; readonly reason: string }
  | { readonly kind: 'failed'; readonly message: string }
  /** A status that nobody has told us about; never taken for success. */
  | { readonly kind: 'unknown'; readonly status: string }

/** API: ReplicationTask.Status. */
const settling = new Set(['creating', 'starting', 'stopping', 'modifying', 'moving', 'deleting', 'testing'])

/** API: ReplicationTask.StopReason, where a setting or a position asked for the stop. */
const bySetting = [
  'STOPPED_AFTER_FULL_LOAD',
  'STOPPED_AFTER_CACHED_EVENTS',
  'STOPPED_AFTER_DDL_APPLY',
  'STOPPED_AT_SERVER_TIME',
  'STOPPED_AT_COMMIT_TIME',
]

/**
 * Judges a task. Stop reasons are matched by substring: after a failure the same long text stands in stop reason and
 * failure message, with the word somewhere in it.
 */
export function taskState(task: Pick<ReplicationTask, 'status' | 'stopReason' | 'failure'>): TaskState {
  const { status, stopReason } = task
  if (settling.has(status)) return { kind: 'settling', status }
  if (status === 'ready') return { kind: 'ready' }
  if (status === 'running') return { kind: 'running' }
  if (status === 'failed' || status === 'failed-move') return { kind: 'failed', message: failureText(task) }
  if (status !== 'stopped') return { kind: 'unknown', status }
  if (stopReason.includes('FULL_LOAD_ONLY_FINISHED')) return { kind: 'finished' }
  if (bySetting.some((word) => stopReason.includes(word)))
    return { kind: 'stopped', by: 'setting', reason: stopReason }
  if (stopReason === '' || stopReason.includes('NORMAL'))
    return { kind: 'stopped', by: 'user', reason: stopReason }
  return { kind: 'stopped', by: 'itself', reason: stopReason }
}

function failureText(task: Pick<ReplicationTask, 'stopReason' | 'failure'>): string {
  const text = task.failure === '' ? task.stopReason : task.failure
  return text === '' ? 'DMS gives no reason' : text
}

/** Where DMS writes the log of a task: the group of its instance, the stream of its external id. */
export function logHint(taskArn: string, replicationInstance: string): string {
  return `CloudWatch log group dms-tasks-${replicationInstance}, stream dms-task-${externalId(taskArn)}`
}

/** What to do about a task that does not run though it should. DMS cannot continue a load safely. */
export function stopRemedy(
  task: Pick<ReplicationTask, 'identifier' | 'arn' | 'fullLoadFinished'>,
  state: Extract<TaskState, { kind: 'failed' | 'stopped' }>,
): string {
  const reason = state.kind === 'failed' ? state.message : state.reason
  const known = causes.find(({ word }) => reason.includes(word))
  const first = known === undefined ? 'Read the log and remove the cause' : known.remedy
  if (task.fullLoadFinished === undefined) {
    return (
      `${first}; then delete the task (aws dms delete-replication-task --replication-task-arn ${task.arn}) and run ` +
      'create-task again: a load that broke off cannot be continued safely, it starts anew on empty tables.'
    )
  }
  return (
    `${first}; then resume the task (aws dms start-replication-task --replication-task-arn ${task.arn} ` +
    '--start-replication-task-type resume-processing): its load is complete and it goes on from its slot.'
  )
}

/** Stop reasons and known texts (DMS API; release notes; field reports) with the first step against each. */
const causes = [
  {
    word: 'STOPPED_DUE_TO_LOW_DISK',
    remedy: 'Give the replication instance more storage (modify-replication-instance --allocated-storage)',
  },
  {
    word: 'STOPPED_DUE_TO_LOW_MEMORY',
    remedy: 'Take a larger class for the replication instance, or fewer full-load subtasks',
  },
  {
    word: 'No tables were found at task initialization',
    remedy: 'Check that the tables of the plan still exist on the source and that the DMS user may read them',
  },
  {
    word: 'replication slots are in use',
    remedy: 'Raise max_replication_slots on the source, or drop slots that nobody uses',
  },
  {
    word: 'wal_level',
    remedy: 'Set rds.logical_replication to 1 (wal_level = logical elsewhere) and restart the source',
  },
  { word: 'RECOVERABLE_ERROR', remedy: 'Check the network and the databases, whose connections DMS lost' },
] as const
