import { changeAutoConf } from '../../postgres/auto-conf.ts'
import { restartServer } from '../../postgres/restart-server.ts'
import type { Emulator } from '../emulator.ts'
import { knownParameters } from './known-parameters.ts'
import { serverOf, withClient } from './make-data.ts'
import type { ClusterRecord, InstanceRecord } from './records.ts'

/** PostgreSQL's settings by name; one without a value goes back to what the server's own configuration says. */
export type Settings = Readonly<Record<string, string | undefined>>

/** What has the server: a cluster, or an instance that is in none. Its groups: the cluster's, then the writer's. */
interface Owner {
  readonly record: InstanceRecord | ClusterRecord
  readonly parameters: Readonly<Record<string, string>>
}

/** Who has the server that an instance or a cluster is reached at, and what groups set there. */
export function ownerOf(emulator: Emulator, record: InstanceRecord | ClusterRecord): Owner {
  const { instances, clusters } = emulator.store.state.rds
  const cluster =
    'members' in record ? record : clusters.find(({ identifier }) => identifier === record.clusterIdentifier)
  const writer = cluster ? instances.find(({ identifier }) => identifier === cluster.members[0]) : record
  const ofInstance = writer && 'parameterGroups' in writer ? (writer.parameterGroups ?? []) : []
  return {
    record: cluster ?? record,
    parameters: Object.assign(
      {},
      valuesOf(emulator, 'cluster', cluster?.parameterGroup),
      ...ofInstance.map((name) => valuesOf(emulator, 'instance', name)),
    ) as Record<string, string>,
  }
}

/** What a user set in a group; nothing for default groups, which cannot be changed. */
function valuesOf(
  emulator: Emulator,
  kind: 'instance' | 'cluster',
  name: string | undefined,
): Record<string, string> {
  const { parameterGroups } = emulator.store.state.rds
  return parameterGroups.find((group) => group.kind === kind && group.name === name)?.parameters ?? {}
}

/** What the named parameters of an owner's groups mean to PostgreSQL. */
function settingsFor({ parameters }: Owner, names: readonly string[]): Settings {
  return Object.assign(
    {},
    ...names.map((name) => {
      const acts = knownParameters.find((known) => known.name === name)?.acts
      const value = parameters[name]
      if (!acts) return {}
      const settings = acts(value ?? '')
      return value === undefined
        ? Object.fromEntries(Object.keys(settings).map((setting) => [setting, undefined]))
        : settings
    }),
  ) as Settings
}

/** Applies changed parameters to the server that runs, as RDS does with dynamic ones. Nothing to do without a server. */
export async function applyNow(
  emulator: Emulator,
  changed: InstanceRecord | ClusterRecord,
  names: readonly string[],
): Promise<void> {
  const owner = ownerOf(emulator, changed)
  const server = serverOf(emulator, owner.record)
  if (!server) return
  const settings = settingsFor(owner, names)
  await withClient(server.superuserUrl, async (client) => {
    for (const [name, value] of Object.entries(settings)) {
      const setting = client.escapeIdentifier(name)
      await client.query(
        value === undefined
          ? `ALTER SYSTEM RESET ${setting}`
          : `ALTER SYSTEM SET ${setting} = ${client.escapeLiteral(value)}`,
      )
    }
    await client.query('SELECT pg_reload_conf()')
  })
  remember(owner.record, settings)
}

/** All that an owner's groups set, static parameters too, and what they set before and do not any more. */
export function allSettings(emulator: Emulator, record: InstanceRecord | ClusterRecord): Settings {
  const owner = ownerOf(emulator, record)
  const before = Object.fromEntries((owner.record.settingsSet ?? []).map((name) => [name, undefined]))
  return { ...before, ...settingsFor(owner, Object.keys(owner.parameters)) }
}

/** Restarts the server behind an instance with everything that its groups set. Nothing to do without a server. */
export async function restartWithParameters(emulator: Emulator, instance: InstanceRecord): Promise<void> {
  const { record } = ownerOf(emulator, instance)
  const settings = allSettings(emulator, instance)
  const { server, volume } = record
  if (server) {
    await restartServer(server.dataFolder, server.logFile, () => changeAutoConf(server.dataFolder, settings))
  } else if (volume) {
    await emulator.volumes.stop(volume.id)
    emulator.volumes.configure(volume.id, settings)
    await emulator.volumes.start(volume)
  }
  remember(record, settings)
}

function remember(record: InstanceRecord | ClusterRecord, settings: Settings): void {
  const set = new Set(record.settingsSet)
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) set.delete(name)
    else set.add(name)
  }
  record.settingsSet = [...set]
}

/** For the first start of a server that the emulator made. */
export function configureNew(emulator: Emulator, record: InstanceRecord | ClusterRecord): void {
  const owner = ownerOf(emulator, record)
  const { volume } = owner.record
  if (!volume) return
  const settings = allSettings(emulator, record)
  emulator.volumes.configure(volume.id, settings)
  remember(owner.record, settings)
}
