import type { Emulator } from '../emulator.ts'
import { serverOf, withClient } from './make-data.ts'
import type { ClusterRecord } from './records.ts'
import { instanceArn, isNamed } from './resources.ts'
import { superuserUrl } from './volumes.ts'

const promotionSeconds = 60

/** Ends the recovery of a standby, which then is a server of its own. Nothing to do where it has been promoted. */
export async function promoteStandby(emulator: Emulator, cluster: ClusterRecord): Promise<void> {
  if (cluster.volume) {
    await withClient(superuserUrl(cluster.volume), async (client) => {
      const { rows } = await client.query<{ promoted: boolean }>(
        'SELECT CASE WHEN pg_is_in_recovery() THEN pg_promote(true, $1) ELSE true END AS promoted',
        [promotionSeconds],
      )
      if (rows[0]?.promoted !== true) throw new Error(`the standby ${cluster.identifier} was not promoted`)
    })
  }
  await leaveSource(emulator, cluster)
}

/** Takes the slot of a standby from its source, if that is still there, and the mention of the replica. */
export async function leaveSource(emulator: Emulator, cluster: ClusterRecord): Promise<void> {
  const { origin, replicationSource } = cluster
  cluster.replicationSource = undefined
  delete cluster.origin
  const source = emulator.store.state.rds.instances.find(({ identifier }) =>
    isNamed(identifier, instanceArn(emulator, identifier), replicationSource ?? ''),
  )
  if (!source) return
  source.readReplicaClusters = source.readReplicaClusters.filter((name) => name !== cluster.identifier)
  const server = serverOf(emulator, source)
  if (!server || origin?.kind !== 'standby-of-instance') return
  await withClient(server.superuserUrl, async (client) => {
    // The standby's connection may take a moment to notice that it has been promoted, or ended.
    await client.query(
      `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1 AND active`,
      [origin.slot],
    )
    for (let tries = 1; ; tries += 1) {
      try {
        await client.query(
          'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1',
          [origin.slot],
        )
        return
      } catch (error) {
        if (tries === 50) throw error
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  })
}
