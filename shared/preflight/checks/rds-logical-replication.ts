import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** The parameter group decides what the next start of the server will be, whatever the running one says. */
export const rdsLogicalReplication: Check = {
  code: 'rds-logical-replication',
  title:
    'rds.logical_replication is on in the source’s parameter group, and in the target’s where a way back is wanted',
  judge: (facts) =>
    eachSide((side): Finding[] => {
      if (side === 'target' && !facts.migration.cutover['fall-back']) return []
      const server = knownFact(facts[side].rds)
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
