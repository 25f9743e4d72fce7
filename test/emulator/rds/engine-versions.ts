import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { page } from '../protocol/paging.ts'
import { flexibleBoolean } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { familyOf } from './parameter-groups.ts'
import { applyRdsFilters, pagingInput, rdsFilters } from './rds-input.ts'

const input = z.strictObject({
  ...pagingInput,
  Filters: rdsFilters,
  Engine: z.string().optional(),
  EngineVersion: z.string().optional(),
  DBParameterGroupFamily: z.string().optional(),
  DefaultOnly: flexibleBoolean.optional(),
  ListSupportedCharacterSets: flexibleBoolean.optional(),
  ListSupportedTimezones: flexibleBoolean.optional(),
  IncludeAll: flexibleBoolean.optional(),
})

/** Only the versions that the account's servers run are offered. */
export function engineVersionOperations(emulator: Emulator): Record<string, Operation> {
  return {
    DescribeDBEngineVersions: operation(input, 'reads', (request) => {
      const { instances, clusters } = emulator.store.state.rds
      const offered = new Map(
        [...instances, ...clusters].map((server) => [`${server.engine} ${server.engineVersion}`, server]),
      )
      const matching = applyRdsFilters([...offered.values()], request.Filters, {
        engine: (server) => [server.engine],
        'engine-version': (server) => [server.engineVersion],
        'db-parameter-group-family': (server) => [familyOf(server)],
        status: () => ['available'],
      }).filter(
        (server) =>
          (request.Engine === undefined || server.engine === request.Engine) &&
          // A major version alone names all of its minor versions.
          (request.EngineVersion === undefined ||
            server.engineVersion === request.EngineVersion ||
            server.engineVersion.startsWith(`${request.EngineVersion}.`)) &&
          (request.DBParameterGroupFamily === undefined ||
            familyOf(server) === request.DBParameterGroupFamily),
      )
      const { entries, ...marker } = page(matching, request, { min: 20, max: 100 })
      return {
        DBEngineVersions: entries.map((server) => ({
          Engine: server.engine,
          MajorEngineVersion: server.engineVersion.split('.')[0],
          EngineVersion: server.engineVersion,
          DBParameterGroupFamily: familyOf(server),
          DBEngineDescription: server.engine === 'postgres' ? 'PostgreSQL' : 'Aurora (PostgreSQL)',
          ValidUpgradeTarget: [],
          SupportsReadReplica: true,
          Status: 'available',
        })),
        ...marker,
      }
    }),
  }
}
