import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import type { Migration } from '../../migration/schema.ts'
import { knownFact, NotYet } from '../known-fact.ts'

/** The parameter group decides what the next start of the server will be, whatever the running one says. */
export const rdsLogicalReplication: Check = {
  code: 'rds-logical-replication',
  title:
    'rds.logical_replication is on in the source’s parameter group, and in the target’s where a way back is wanted',
  judge: (facts) =>
    eachSide((side): Finding[] => {
      if (side === 'target' && !facts.migration.cutover['fall-back']) return []
      const fact = facts[side].rds
      if (!fact.known && fact.notYet === true)
        throw new NotYet<Finding>(fact.reason, groupToCome(facts.migration))
      const server = knownFact(fact)
      if (server === undefined) return []
      // Aurora keeps it in the cluster's group, RDS in the instance's (Aurora User Guide, parameters).
      const group = server.parameterGroups.find(({ kind }) => kind === server.kind)
      const parameter = (knownFact(facts[side].parameters) ?? []).find(
        ({ name, group: of }) => name === 'rds.logical_replication' && of === group?.name,
      )
      if (parameter !== undefined && ['1', 'on', 'true'].includes(parameter.value.toLowerCase())) return []
      const name = group?.name ?? ''
      return [
        {
          severity: 'blocker',
          message: `rds.logical_replication is ${parameter === undefined ? 'not set' : parameter.value} in the parameter group ${name} of the ${side}`,
          objects: [name],
          why:
            side === 'source'
              ? 'Without it there are no logical slots; one that was made before ends with the next restart.'
              : 'The way back is a replication task that reads the target’s log. Turning it on later needs a restart of the live target.',
          remedy: remedyFor(
            server.kind,
            server.identifier,
            name,
            server.engine + majorOf(server.engineVersion),
          ),
        },
      ]
    }),
}

/** A server that is made without a parameter group gets the default one, in which it is off (RDS API, restore and create). */
function groupToCome({ load, schema }: Migration): Finding[] {
  const wish =
    load.by === 'aurora-clone' || load.by === 'snapshot'
      ? { place: 'load', ...load }
      : typeof schema === 'object' && 'aurora-replica' in schema
        ? { place: 'schema.aurora-replica', ...schema['aurora-replica'] }
        : undefined
  if (wish === undefined || wish['parameter-group'] !== undefined) return []
  return [
    {
      severity: 'warning',
      message: `${wish.place} names no parameter group, so the target will be made with the default one`,
      objects: [`${wish.place}.parameter-group`],
      why: 'rds.logical_replication is off in it and it cannot be changed: the way back would need another group and a restart.',
      remedy: `Make a group with rds.logical_replication = 1 and name it in \`${wish.place}.parameter-group\`.`,
    },
  ]
}

/** A default group cannot be changed: another one is made and attached. */
function remedyFor(kind: 'instance' | 'cluster', server: string, group: string, family: string): string {
  const cluster = kind === 'cluster'
  const [type, option] = cluster ? ['db-cluster', 'db-cluster'] : ['db', 'db']
  const own = group.startsWith('default.') ? `${server}-migration` : group
  return [
    ...(own === group
      ? []
      : [
          `aws rds create-${type}-parameter-group --${option}-parameter-group-name ${own} --db-parameter-group-family ${family} --description "logical replication"`,
        ]),
    `aws rds modify-${type}-parameter-group --${option}-parameter-group-name ${own} --parameters ParameterName=rds.logical_replication,ParameterValue=1,ApplyMethod=pending-reboot`,
    ...(own === group
      ? []
      : [
          `aws rds modify-db-${kind} --db-${kind}-identifier ${server} --${option}-parameter-group-name ${own} --apply-immediately`,
        ]),
    `aws rds reboot-db-instance --db-instance-identifier ${cluster ? 'WRITER' : server}`,
  ].join('\n')
}

function majorOf(version: string): string {
  return version.split('.')[0] ?? ''
}
