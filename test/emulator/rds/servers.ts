import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { page } from '../protocol/paging.ts'
import { flexibleBoolean } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { describeCluster, describeInstance } from './describe-server.ts'
import { applyRdsFilters, pagingInput, rdsFilters } from './rds-input.ts'
import type { InstanceRecord } from './records.ts'
import { clusterArn, clusterNotFound, findInstance, instanceArn, instanceNotFound } from './resources.ts'
import { findReadableCluster, ownClusters, sharedClusters } from './shared-clusters.ts'
import type { OwnedCluster } from './shared-clusters.ts'

export function serverOperations(emulator: Emulator): Record<string, Operation> {
  const state = emulator.store.state.rds
  return {
    DescribeDBInstances: operation(
      z.strictObject({ ...pagingInput, Filters: rdsFilters, DBInstanceIdentifier: z.string().optional() }),
      'reads',
      ({ DBInstanceIdentifier: wanted, ...input }) => {
        const named = wanted ? [visibleInstance(emulator, wanted)] : emulator.visible(state.instances)
        const matching = applyRdsFilters(named, input.Filters, {
          'db-instance-id': ({ identifier }) => [identifier, instanceArn(emulator, identifier)],
          'db-cluster-id': (instance) => clusterNames(emulator, instance.clusterIdentifier),
          'dbi-resource-id': (instance) => [`db-${instance.identifier.toUpperCase()}`],
          engine: (instance) => [instance.engine],
        })
        const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
        return { DBInstances: entries.map((instance) => describeInstance(emulator, instance)), ...marker }
      },
    ),
    DescribeDBClusters: operation(
      z.strictObject({
        ...pagingInput,
        Filters: rdsFilters,
        DBClusterIdentifier: z.string().optional(),
        IncludeShared: flexibleBoolean.optional(),
      }),
      'reads',
      ({ DBClusterIdentifier: wanted, ...input }) => {
        const named = wanted
          ? [visibleCluster(emulator, wanted)]
          : [...ownClusters(emulator), ...(input.IncludeShared ? sharedClusters(emulator) : [])]
        const matching = applyRdsFilters(named, input.Filters, {
          'db-cluster-id': ({ owner, cluster }) => clusterNames(owner, cluster.identifier),
          'db-cluster-resource-id': ({ cluster }) => [`cluster-${cluster.identifier.toUpperCase()}`],
          engine: ({ cluster }) => [cluster.engine],
        })
        const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
        return { DBClusters: entries.map(({ owner, cluster }) => describeCluster(owner, cluster)), ...marker }
      },
    ),
  }
}

function visibleInstance(emulator: Emulator, wanted: string): InstanceRecord {
  const [seen] = emulator.visible([findInstance(emulator, wanted)])
  if (!seen) throw instanceNotFound(wanted)
  return seen
}

function visibleCluster(emulator: Emulator, wanted: string): OwnedCluster {
  const found = findReadableCluster(emulator, wanted)
  if (emulator.visible([found.cluster]).length === 0) throw clusterNotFound(wanted)
  return found
}

function clusterNames(emulator: Emulator, identifier: string | undefined): string[] {
  return identifier === undefined ? [] : [identifier, clusterArn(emulator, identifier)]
}
