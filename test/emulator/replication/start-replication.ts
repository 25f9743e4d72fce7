import type { ReplicationJob, ReplicationListener, RunningReplication } from './job-contract.ts'

/** Starts one run of a replication task. */
export function startReplication(_job: ReplicationJob, _listener: ReplicationListener): RunningReplication {
  throw new Error('the row mover is being built')
}
