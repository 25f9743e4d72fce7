import { z } from 'zod'
import type { CompleteCluster, CompleteInstance } from '../config.ts'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { flexibleList } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { knownParameters } from './known-parameters.ts'
import { pagingInput } from './rds-input.ts'

export type GroupKind = 'instance' | 'cluster'

interface Group {
  name: string
  family: string
  kind: GroupKind
  description: string
  parameters: Readonly<Record<string, string>>
}

/** For example postgres15, from the engine and the version 15.18. */
export function familyOf(
  server: Pick<CompleteInstance | CompleteCluster, 'engine' | 'engineVersion'>,
): string {
  return server.engine + (server.engineVersion.split('.')[0] ?? '')
}

/** The group that AWS attaches where none was chosen; its name carries the family. */
export function defaultGroupName(
  server: Pick<CompleteInstance | CompleteCluster, 'engine' | 'engineVersion'>,
): string {
  return `default.${familyOf(server)}`
}

/** The configured groups and the default groups of the configured servers. */
function groups(emulator: Emulator, kind: GroupKind): Group[] {
  const { instances, clusters, parameterGroups } = emulator.store.state.rds
  const servers = kind === 'cluster' ? clusters : instances
  const defaults = new Map(
    servers.map((server): [string, Group] => {
      const name = defaultGroupName(server)
      const family = familyOf(server)
      return [
        name,
        { name, family, kind, description: `Default parameter group for ${family}`, parameters: {} },
      ]
    }),
  )
  return [...defaults.values(), ...parameterGroups.filter((group) => group.kind === kind)]
}

export function groupArn(emulator: Emulator, { kind, name }: { kind: GroupKind; name: string }): string {
  return emulator.arn('rds', `${kind === 'cluster' ? 'cluster-pg' : 'pg'}:${name}`)
}

/** Throws DBParameterGroupNotFound where a group is named that is not there. */
export function demandGroup(emulator: Emulator, kind: GroupKind, name: string | undefined): void {
  if (name !== undefined) findGroup(emulator, kind, name)
}

function findGroup(emulator: Emulator, kind: GroupKind, name: string): Group {
  const found = groups(emulator, kind).find((group) => group.name === name)
  // The code is the same for both kinds of groups (API: DBParameterGroupNotFoundFault).
  if (!found) throw new AwsError('DBParameterGroupNotFound', `DBParameterGroup not found: ${name}`, 404)
  return found
}

function parametersOf(group: Group): Record<string, unknown>[] {
  const aurora = group.family.startsWith('aurora')
  const known = knownParameters.filter((parameter) =>
    group.kind === 'cluster' ? aurora : !aurora || parameter.auroraClusterOnly !== true,
  )
  const names = new Set([...known.map(({ name }) => name), ...Object.keys(group.parameters)])
  return [...names].sort().map((name) => {
    const meaning = knownParameters.find((parameter) => parameter.name === name)
    const set = group.parameters[name]
    const applyType = meaning?.applyType ?? 'dynamic'
    return {
      ParameterName: name,
      ParameterValue: set ?? meaning?.value,
      Source: set === undefined ? (meaning?.value === undefined ? 'engine-default' : 'system') : 'user',
      ApplyType: applyType,
      DataType: meaning?.dataType ?? 'string',
      IsModifiable: true,
      ApplyMethod: applyType === 'static' ? 'pending-reboot' : 'immediate',
    }
  })
}

const parametersInput = {
  ...pagingInput,
  Source: z.string().optional(),
  Filters: flexibleList(z.unknown()).optional(),
}

function describeParameters(
  emulator: Emulator,
  kind: GroupKind,
  name: string,
  request: { Source?: string | undefined; MaxRecords?: number | undefined; Marker?: string | undefined },
): Record<string, unknown> {
  const all = parametersOf(findGroup(emulator, kind, name))
  const matching = request.Source ? all.filter((parameter) => parameter.Source === request.Source) : all
  const { entries, ...marker } = page(matching, request, { min: 20, max: 100 })
  return { Parameters: entries, ...marker }
}

export function parameterGroupOperations(emulator: Emulator): Record<string, Operation> {
  return {
    DescribeDBParameters: operation(
      z.strictObject({ ...parametersInput, DBParameterGroupName: z.string() }),
      'reads',
      (request) => describeParameters(emulator, 'instance', request.DBParameterGroupName, request),
    ),
    DescribeDBClusterParameters: operation(
      z.strictObject({ ...parametersInput, DBClusterParameterGroupName: z.string() }),
      'reads',
      (request) => describeParameters(emulator, 'cluster', request.DBClusterParameterGroupName, request),
    ),
    DescribeDBParameterGroups: operation(
      z.strictObject({ ...pagingInput, DBParameterGroupName: z.string().optional() }),
      'reads',
      ({ DBParameterGroupName: name, ...request }) => {
        const matching =
          name === undefined ? groups(emulator, 'instance') : [findGroup(emulator, 'instance', name)]
        const { entries, ...marker } = page(matching, request, { min: 20, max: 100 })
        return {
          DBParameterGroups: entries.map((group) => ({
            DBParameterGroupName: group.name,
            DBParameterGroupFamily: group.family,
            Description: group.description,
            DBParameterGroupArn: groupArn(emulator, group),
          })),
          ...marker,
        }
      },
    ),
    DescribeDBClusterParameterGroups: operation(
      z.strictObject({ ...pagingInput, DBClusterParameterGroupName: z.string().optional() }),
      'reads',
      ({ DBClusterParameterGroupName: name, ...request }) => {
        const matching =
          name === undefined ? groups(emulator, 'cluster') : [findGroup(emulator, 'cluster', name)]
        const { entries, ...marker } = page(matching, request, { min: 20, max: 100 })
        return {
          DBClusterParameterGroups: entries.map((group) => ({
            DBClusterParameterGroupName: group.name,
            DBParameterGroupFamily: group.family,
            Description: group.description,
            DBClusterParameterGroupArn: groupArn(emulator, group),
          })),
          ...marker,
        }
      },
    ),
  }
}
