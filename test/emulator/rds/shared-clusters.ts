import type { Emulator } from '../emulator.ts'
import { foreignShares, isSharedWith } from '../ram/shares.ts'
import type { ClusterRecord } from './records.ts'
import { clusterArn, clusterNotFound, findCluster, readArn } from './resources.ts'

/** A cluster and the account that it belongs to. */
export interface OwnedCluster {
  readonly owner: Emulator
  readonly cluster: ClusterRecord
}

export function ownClusters(emulator: Emulator): OwnedCluster[] {
  return emulator.visible(emulator.store.state.rds.clusters).map((cluster) => ({ owner: emulator, cluster }))
}

/** The clusters of other accounts that were shared with this one. */
export function sharedClusters(emulator: Emulator): OwnedCluster[] {
  return foreignShares(emulator)
    .filter(({ invitation }) => invitation.status === 'ACCEPTED')
    .flatMap(({ owner, share }) =>
      ownClusters(owner).filter(({ cluster }) =>
        share.resources.includes(clusterArn(owner, cluster.identifier)),
      ),
    )
}

/**
 * A cluster of this account, or, by its ARN, of another one in the same region that shared it. What is not shared cannot be
 * told from what does not exist. Throws DBClusterNotFoundFault.
 */
export function findReadableCluster(emulator: Emulator, wanted: string): OwnedCluster {
  const arn = readArn(wanted)
  const { account, region } = emulator.config
  if (!arn || (arn.account === account && arn.region === region)) {
    return { owner: emulator, cluster: findCluster(emulator, wanted) }
  }
  const owner = emulator.accounts.at(arn.account, arn.region)
  if (!owner || !isSharedWith(emulator, wanted)) throw clusterNotFound(wanted)
  return { owner, cluster: findCluster(owner, wanted) }
}
