import type { Emulator } from '../emulator.ts'
import { settleCluster, settleInstance, settleSnapshot } from './settling.ts'

/** After a start: runs the servers that ran, and takes up what was under way. */
export async function resumeRds(emulator: Emulator): Promise<void> {
  const { instances, clusters, snapshots } = emulator.store.state.rds
  const reachable = [
    ...clusters.filter(({ members }) =>
      instances.some(({ identifier, status }) => members.includes(identifier) && status !== 'creating'),
    ),
    ...instances.filter(({ status }) => status !== 'creating'),
  ]
  await Promise.all(
    reachable.map(async (record) => {
      const { volume } = record
      if (!volume || !emulator.volumes.isFilled(volume.id)) return
      await emulator.volumes.start(volume)
      record.port = volume.port
    }),
  )
  for (const cluster of clusters) if (isOnItsWay(cluster)) settleCluster(emulator, cluster)
  for (const instance of instances) if (isOnItsWay(instance)) settleInstance(emulator, instance)
  for (const snapshot of snapshots) if (isOnItsWay(snapshot)) settleSnapshot(emulator, snapshot)
}

/** Other statuses, such as `stopped` of the configuration, stay as they are. */
function isOnItsWay({ status }: { status: string }): boolean {
  return ['creating', 'deleting', 'modifying', 'rebooting'].includes(status)
}
