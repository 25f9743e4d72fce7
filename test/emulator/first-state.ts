import type { CompleteConfig } from './config.ts'
import { emptyDmsState } from './dms/records.ts'
import { instanceFromConfig } from './dms/replication-instances.ts'
import { newResourceId } from './identity.ts'
import { newShare } from './ram/shares.ts'
import { emptyRds } from './rds/rds-state.ts'
import { newZone } from './route53/zone-record.ts'
import { newSecret } from './secrets-manager/service.ts'
import { newParameter } from './ssm/parameter-record.ts'
import type { EmulatorState } from './state.ts'

/** What an account has before the first call. RDS takes its part of the configuration at every start. */
export function firstState(config: CompleteConfig): EmulatorState {
  const arn = (service: string, resource: string): string =>
    `arn:aws:${service}:${config.region}:${config.account}:${resource}`
  const instances = config.replicationInstances.map((configured) => ({
    record: instanceFromConfig(configured, arn('dms', `rep:${newResourceId()}`), config.region),
    tags: configured.tags ?? {},
  }))
  return {
    ...emptyDmsState(),
    replicationInstances: instances.map(({ record }) => record),
    secrets: Object.entries(config.secrets).map(([name, value]) =>
      newSecret({ arn }, name, JSON.stringify(value)),
    ),
    parameters: Object.entries(config.parameters ?? {}).map(([name, given]) => newParameter(name, given)),
    hostedZones: (config.hostedZones ?? []).map(newZone),
    alarms: [],
    topics: [],
    rds: emptyRds(),
    shares: (config.shares ?? []).map((share) => newShare(arn, share)),
    sessions: [],
    tags: Object.fromEntries(instances.map(({ record, tags }) => [record.arn, tags])),
    knobs: {},
  }
}
