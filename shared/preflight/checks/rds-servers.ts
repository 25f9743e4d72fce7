import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import type { RdsServer } from '../rds-facts.ts'
import { knownFact } from '../known-fact.ts'

/** What the RDS API says of both sides. */
export const rdsServers: Check = {
  code: 'rds-servers',
  title: 'the RDS servers are available, with their parameters applied',
  judge: (facts) =>
    eachSide((side) => {
      const server = knownFact(facts[side].rds)
      return server === undefined ? [] : judgeServer(side, server, facts[side].address)
    }),
}

function judgeServer(
  side: 'source' | 'target',
  server: RdsServer,
  address: { readonly host: string; readonly port: number },
): Finding[] {
  const findings: Finding[] = []
  if (server.status !== 'available') {
    findings.push({
      severity: 'blocker',
      message: `the ${side} ${server.kind} ${server.identifier} is ${server.status}`,
      objects: [server.identifier],
      why: 'A server that is being changed may restart in the middle of the load.',
      remedy: `aws rds wait db-${server.kind}-available --db-${server.kind}-identifier ${server.identifier}`,
    })
  }
  const pending = server.parameterGroups.filter(({ applyStatus }) => applyStatus !== 'in-sync')
  if (pending.length > 0) {
    findings.push({
      severity: 'blocker',
      message: `parameters of ${server.identifier} are not applied: ${pending.map(({ name, applyStatus }) => `${name} ${applyStatus}`).join(', ')}`,
      objects: pending.map(({ name }) => name),
      why: 'A static parameter such as rds.logical_replication acts only after a reboot.',
      remedy: `aws rds reboot-db-instance --db-instance-identifier ${server.kind === 'instance' ? server.identifier : 'WRITER'}`,
    })
  }
  if (server.address !== '' && (server.address !== address.host || server.port !== address.port)) {
    findings.push({
      severity: 'warning',
      message: `the secret of the ${side} does not point at the endpoint of ${server.identifier}`,
      objects: [server.identifier],
      why: 'A CNAME or proxy may lead elsewhere; RDS Proxy carries no change data capture.',
      remedy: `Put the ${server.kind}’s own endpoint into the secret, or correct \`${side}.rds-${server.kind}\`.`,
    })
  }
  return findings
}
