import type { Emulator } from '../emulator.ts'
import { configureNew, restartWithParameters } from './apply-parameters.ts'
import { leaveSource, promoteStandby } from './end-replication.ts'
import { makeData } from './make-data.ts'
import type { ClusterRecord, InstanceRecord, SnapshotRecord } from './records.ts'
import { clusterArn, instanceArn } from './resources.ts'

/*
 * Brings what is on its way to where it goes: `creating` to `available`, `deleting` to gone. Each function may be called
 * again after a restart, for what it finds in the state.
 */

export function settleCluster(emulator: Emulator, cluster: ClusterRecord): void {
  const state = emulator.store.state.rds
  emulator.work(async () => {
    if (cluster.status === 'creating' && cluster.volume && cluster.origin) {
      await attempt(cluster, () => makeClusterData(emulator, cluster))
    }
    if (cluster.status === 'promoting') await attempt(cluster, () => promoteStandby(emulator, cluster))
    if (cluster.status === 'deleting') {
      if (cluster.members.length > 0 || isBeingCopied(emulator, clusterArn(emulator, cluster.identifier))) {
        settleCluster(emulator, cluster)
        return
      }
      if (cluster.volume) await emulator.volumes.remove(cluster.volume.id)
      if (cluster.replicationSource !== undefined)
        await attempt(cluster, () => leaveSource(emulator, cluster))
      state.clusters = state.clusters.filter((other) => other !== cluster)
      state.deleted.push(`cluster:${cluster.identifier}`)
    } else if (cluster.status !== failed) {
      cluster.status = 'available'
    }
    emulator.store.save()
  })
}

async function makeClusterData(emulator: Emulator, cluster: ClusterRecord): Promise<void> {
  if (!cluster.volume || !cluster.origin) return
  await makeData(emulator, cluster.volume, cluster.origin, cluster.engine)
  if (cluster.origin.kind !== 'standby-of-instance') delete cluster.origin
}

export function settleInstance(emulator: Emulator, instance: InstanceRecord): void {
  const state = emulator.store.state.rds
  emulator.work(async () => {
    const cluster = state.clusters.find(({ identifier }) => identifier === instance.clusterIdentifier)
    if (instance.status === 'creating' && cluster?.status === 'creating') {
      settleInstance(emulator, instance)
      return
    }
    if (instance.status === 'creating') {
      await attempt(instance, () => startInstance(emulator, instance, cluster))
    }
    if (instance.status === 'rebooting') await reboot(emulator, instance, cluster)
    if (instance.status === 'deleting') {
      if (isBeingCopied(emulator, instanceArn(emulator, instance.identifier))) {
        settleInstance(emulator, instance)
        return
      }
      await endInstance(emulator, instance, cluster)
    } else if (instance.status !== failed && instance.status !== refusesParameters) {
      instance.status = 'available'
    }
    emulator.store.save()
  })
}

/** Starts the server that an instance makes reachable: its own, or its cluster's. */
export async function startInstance(
  emulator: Emulator,
  instance: InstanceRecord,
  cluster: ClusterRecord | undefined,
): Promise<void> {
  if (instance.volume && instance.origin) {
    await makeData(emulator, instance.volume, instance.origin, instance.engine)
    delete instance.origin
  }
  const volume = cluster?.volume ?? instance.volume
  if (volume) {
    if (!emulator.volumes.isRunning(volume.id)) configureNew(emulator, instance)
    await emulator.volumes.start(volume)
    instance.port = volume.port
    if (cluster) cluster.port = volume.port
  } else if (cluster) {
    instance.address = cluster.address
    instance.port = cluster.port
  }
}

/** Only the writer of a cluster has the server: a reboot of another member settles nothing but its own group. */
async function reboot(
  emulator: Emulator,
  instance: InstanceRecord,
  cluster: ClusterRecord | undefined,
): Promise<void> {
  const isWriter = cluster === undefined || cluster.members[0] === instance.identifier
  if (isWriter) {
    try {
      await restartWithParameters(emulator, instance)
    } catch (error) {
      instance.status = refusesParameters
      report(error)
      return
    }
    if (cluster) cluster.parameterApplyStatus = 'in-sync'
  }
  instance.parameterApplyStatus = 'in-sync'
}

/** The server first: an instance that nobody describes any more cannot be reached either. */
async function endInstance(
  emulator: Emulator,
  instance: InstanceRecord,
  cluster: ClusterRecord | undefined,
): Promise<void> {
  const state = emulator.store.state.rds
  if (instance.volume) await emulator.volumes.remove(instance.volume.id)
  if (cluster) {
    cluster.members = cluster.members.filter((member) => member !== instance.identifier)
    if (cluster.members.length === 0 && cluster.volume) await emulator.volumes.stop(cluster.volume.id)
  }
  state.instances = state.instances.filter((other) => other !== instance)
  state.deleted.push(`db:${instance.identifier}`)
}

export function settleSnapshot(emulator: Emulator, snapshot: SnapshotRecord): void {
  const state = emulator.store.state.rds
  emulator.work(async () => {
    if (snapshot.status === 'creating' && snapshot.volume && snapshot.origin) {
      const { volume, origin } = snapshot
      // As an instance's data, which is copied and left alone: a clone's recovery is for whoever restores it.
      await attempt(snapshot, () => makeData(emulator, volume, origin, 'postgres'))
      delete snapshot.origin
    }
    if (snapshot.status === 'deleting') {
      if (isBeingCopied(emulator, snapshot.volume?.id ?? '')) {
        settleSnapshot(emulator, snapshot)
        return
      }
      if (snapshot.volume) await emulator.volumes.remove(snapshot.volume.id)
      state.snapshots = state.snapshots.filter((other) => other !== snapshot)
    } else if (snapshot.status !== failed) {
      snapshot.status = 'available'
    }
    emulator.store.save()
  })
}

/** Whether something in any account is being made of what an ARN names, or of a volume: then that stays for so long. */
function isBeingCopied(emulator: Emulator, source: string): boolean {
  return emulator.accounts.all().some(({ store }) => {
    const { instances, clusters, snapshots } = store.state.rds
    return [...instances, ...clusters, ...snapshots].some(
      ({ status, origin }) =>
        status === 'creating' &&
        origin !== undefined &&
        (origin.kind === 'snapshot' ? origin.volume : origin.arn) === source,
    )
  })
}

/** What RDS says of a server that does not start with the parameters of its group. */
const refusesParameters = 'incompatible-parameters'

/** What RDS says of a restore that came to nothing. */
const failed = 'incompatible-restore'

async function attempt(record: { status: string }, action: () => Promise<void>): Promise<void> {
  try {
    await action()
  } catch (error) {
    record.status = failed
    report(error)
  }
}

function report(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
}
