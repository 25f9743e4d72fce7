import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startReplication, type ReplicationJob } from '../emulator/replication/replication-job.ts'

/**
 * Runs one replication in a process of its own, to be killed. The job comes as JSON in the first argument; checkpoints go to
 * standard output, one JSON a line. The second argument slows each apply down, so that a kill hits the middle of something.
 */
const job = JSON.parse(process.argv[2] ?? '') as Omit<ReplicationJob, 'fault' | 'replicationDelayMs'>
const pauseMs = Number(process.argv[3] ?? '0')

startReplication(
  {
    ...job,
    replicationDelayMs: () => 0,
    fault: async (point) => {
      if (point === 'cdc:confirm') await sleep(pauseMs)
    },
  },
  {
    checkpoint: (checkpoint) => void writeSync(1, `${JSON.stringify(checkpoint)}\n`),
    running: () => undefined,
    ended: () => process.exit(0),
  },
)
