import type { Emulator } from '../emulator.ts'
import { ownerOf } from './apply-parameters.ts'
import { settleParameters } from './change-parameter-groups.ts'
import { knownParameters } from './known-parameters.ts'
import type { ClusterRecord, InstanceRecord } from './records.ts'
import { settleCluster, settleInstance, settleSnapshot } from './settling.ts'

const dynamicParameters = knownParameters
  .filter(({ applyType }) => applyType === 'dynamic')
  .map(({ name }) => name)

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
  const configured = emulator.config.rds
  for (const cluster of clusters) {
    if (isOnItsWay(cluster, configured.clusters)) settleCluster(emulator, cluster)
  }
  for (const instance of instances) {
    if (isOnItsWay(instance, configured.instances)) settleInstance(emulator, instance)
  }
  for (const record of [...instances, ...clusters]) {
    if (record.parameterApplyStatus === 'applying' && hasServer(emulator, record))
      settleParameters(emulator, record, dynamicParameters, 'in-sync')
  }
  for (const snapshot of snapshots) if (isOnItsWay(snapshot, [])) settleSnapshot(emulator, snapshot)
}

/** A status that the configuration gave, on its way or not, stays as it is. */
function isOnItsWay(
  { identifier, status }: { identifier: string; status: string },
  configured: readonly { identifier: string; status: string }[],
): boolean {
  const given = configured.find((server) => server.identifier === identifier)?.status
  return given !== status && ['creating', 'deleting', 'modifying', 'rebooting', 'promoting'].includes(status)
}

function hasServer(emulator: Emulator, record: InstanceRecord | ClusterRecord): boolean {
  const owner = ownerOf(emulator, record).record
  return owner.server !== undefined || owner.volume !== undefined
}
