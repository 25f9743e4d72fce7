import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { applyRdsFilters, pagingInput, rdsFilters } from './rds-input.ts'
import { clusterArn, instanceArn } from './resources.ts'

const input = z.strictObject({
  ...pagingInput,
  ResourceIdentifier: z.string().optional(),
  Filters: rdsFilters,
})

/** What the configuration announces for its servers. */
export function maintenanceOperations(emulator: Emulator): Record<string, Operation> {
  return {
    DescribePendingMaintenanceActions: operation(input, 'reads', (request) => {
      const { instances, clusters } = emulator.store.state.rds
      const all = [
        ...instances.map((server) => ({
          kind: 'db-instance-id',
          server,
          arn: instanceArn(emulator, server.identifier),
        })),
        ...clusters.map((server) => ({
          kind: 'db-cluster-id',
          server,
          arn: clusterArn(emulator, server.identifier),
        })),
      ].filter(
        ({ server, arn }) =>
          server.pendingMaintenance.length > 0 && (request.ResourceIdentifier ?? arn) === arn,
      )
      const names = (wanted: string) => (entry: (typeof all)[number]) =>
        entry.kind === wanted ? [entry.server.identifier, entry.arn] : []
      const matching = applyRdsFilters(all, request.Filters, {
        'db-instance-id': names('db-instance-id'),
        'db-cluster-id': names('db-cluster-id'),
      })
      const { entries, ...marker } = page(matching, request, { min: 20, max: 100 })
      return {
        PendingMaintenanceActions: entries.map(({ server, arn }) => ({
          ResourceIdentifier: arn,
          PendingMaintenanceActionDetails: server.pendingMaintenance.map((one) => ({
            Action: one.action,
            Description: one.description,
            ...(one.appliedAt === undefined ? {} : { CurrentApplyDate: new Date(one.appliedAt) }),
          })),
        })),
        ...marker,
      }
    }),
  }
}
