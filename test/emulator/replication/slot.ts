import type { ReplicationJob } from './job-contract.ts'
import { closeClient, openSource } from './connect.ts'

/** Drops the slot that the task itself created (DeleteReplicationTask); a slot named by the endpoint is never dropped. */
export async function dropOwnedSlot(job: Pick<ReplicationJob, 'source' | 'checkpoint'>): Promise<void> {
  const checkpoint = job.checkpoint
  if (checkpoint === undefined || !checkpoint.slotOwned || checkpoint.slotName === '') return
  const client = await openSource(job.source, 'slot')
  try {
    await client.query(
      'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1',
      [checkpoint.slotName],
    )
  } finally {
    await closeClient(client)
  }
}
