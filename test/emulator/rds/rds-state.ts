import type { CompleteCluster, CompleteConfig, CompleteInstance } from '../config.ts'
import type { ClusterRecord, InstanceRecord, RdsState } from './records.ts'

/** When configured servers claim to have been made; the emulator has no such time of its own. */
const configuredAt = '2024-01-02T03:04:05.000Z'

/** Nothing yet. */
export function emptyRds(): RdsState {
  return { instances: [], clusters: [], snapshots: [], parameterGroups: [], deleted: [] }
}

/**
 * Takes the configuration into the state: what is new is added; of what is known only where its server is, and its metrics,
 * are taken again, since everything else may have been changed by a call.
 */
export function takeConfiguration(state: RdsState, rds: CompleteConfig['rds']): void {
  const gone = (kind: string, identifier: string): boolean => state.deleted.includes(`${kind}:${identifier}`)
  for (const configured of rds.instances) {
    if (gone('db', configured.identifier)) continue
    const known = state.instances.find(({ identifier }) => identifier === configured.identifier)
    if (known) Object.assign(known, placeOf(configured), { metrics: configured.metrics })
    else state.instances.push(instanceFromConfig(configured))
  }
  for (const configured of rds.clusters) {
    if (gone('cluster', configured.identifier)) continue
    const known = state.clusters.find(({ identifier }) => identifier === configured.identifier)
    if (known) Object.assign(known, placeOf(configured), { readerAddress: configured.readerAddress })
    else state.clusters.push(clusterFromConfig(configured))
  }
  for (const configured of rds.parameterGroups ?? []) {
    const same = state.parameterGroups.some(
      ({ kind, name }) => kind === configured.kind && name === configured.name,
    )
    if (same || gone(`pg-${configured.kind}`, configured.name)) continue
    state.parameterGroups.push({ ...configured, tags: {} })
  }
}

function placeOf(configured: CompleteInstance | CompleteCluster): Record<string, unknown> {
  const { address, port, server } = configured
  return { address, port, server, ...('monitorUrl' in configured && { monitorUrl: configured.monitorUrl }) }
}

function instanceFromConfig({ tags, ...configured }: CompleteInstance): InstanceRecord {
  return { ...configured, createdAt: configuredAt, tags: tags ?? {}, readReplicaClusters: [] }
}

function clusterFromConfig({ tags, ...configured }: CompleteCluster): ClusterRecord {
  return { ...configured, createdAt: configuredAt, tags: tags ?? {} }
}
