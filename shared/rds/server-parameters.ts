import {
  ModifyDBClusterParameterGroupCommand,
  ModifyDBParameterGroupCommand,
  ResetDBClusterParameterGroupCommand,
  ResetDBParameterGroupCommand,
  type RDSClient,
} from '@aws-sdk/client-rds'
import { MigrationError } from '../runtime/errors.ts'
import { rdsServers } from './rds-servers.ts'
import { call } from './service-call.ts'

/** A parameter of the group that a server uses. */
export interface ParameterSight {
  /** Name of the group, which somebody made: RDS's default groups cannot be changed. */
  readonly group: string
  readonly kind: 'cluster' | 'instance'
  /** What the group sets; undefined where it leaves the engine's default. */
  readonly value: string | undefined
  /** Every change of the group acts on the server. */
  readonly inSync: boolean
}

/** Parameters of one server that change without a restart. Every method throws a MigrationError. */
export interface ServerParameters {
  /** Throws `precondition` where the server uses a default group. */
  look(parameter: string): Promise<ParameterSight>
  /** Sets it, or takes what is set back where `value` is undefined. Acts within seconds: await `inSync`. */
  change(sight: ParameterSight, parameter: string, value: string | undefined): Promise<void>
}

/** The port over the real client, for a cluster by its cluster's group, for an instance by its own. */
export function serverParameters(
  client: RDSClient,
  server: { readonly kind: 'cluster' | 'instance'; readonly identifier: string },
  signal: AbortSignal,
): ServerParameters {
  const { kind, identifier } = server
  const servers = rdsServers(client, signal)
  const http = { abortSignal: signal }
  return {
    look: async (parameter) => {
      const described =
        kind === 'cluster' ? await servers.cluster(identifier) : await servers.instance(identifier)
      const group = described.parameterGroups.find((one) => one.kind === kind)
      if (group === undefined || group.name.startsWith('default.')) {
        throw new MigrationError(
          'precondition',
          `${identifier} uses ${group?.name ?? 'no parameter group'}, which cannot be changed`,
          {
            remedy: `Attach a parameter group of your own to ${identifier}, or write another \`during-load.replica-role\`.`,
          },
        )
      }
      const set = await servers.parameters([group])
      const value = set.find(({ name }) => name === parameter)?.value
      return { group: group.name, kind, value, inSync: group.applyStatus === 'in-sync' }
    },
    change: async ({ group }, parameter, value) => {
      const one = { ParameterName: parameter, ApplyMethod: 'immediate' as const }
      const verb = value === undefined ? 'Reset' : 'Modify'
      const operation = `${verb}${kind === 'cluster' ? 'DBCluster' : 'DB'}ParameterGroup`
      const Parameters = [value === undefined ? one : { ...one, ParameterValue: value }]
      await call(operation, group, async () => {
        if (kind === 'cluster') {
          const input = { DBClusterParameterGroupName: group, Parameters }
          await (value === undefined
            ? client.send(new ResetDBClusterParameterGroupCommand(input), http)
            : client.send(new ModifyDBClusterParameterGroupCommand(input), http))
          return
        }
        const input = { DBParameterGroupName: group, Parameters }
        await (value === undefined
          ? client.send(new ResetDBParameterGroupCommand(input), http)
          : client.send(new ModifyDBParameterGroupCommand(input), http))
      })
    },
  }
}
