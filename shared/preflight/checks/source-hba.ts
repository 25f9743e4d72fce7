import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import type { PreflightFacts } from '../facts.ts'
import { knownFact } from '../known-fact.ts'
import { onLoopback } from '../loopback.ts'
import type { HbaRule } from '../server-state-facts.ts'

/** pg_hba.conf of a server of one's own must let DMS's user in from the replication instance. */
export const sourceHba: Check = {
  code: 'source-hba',
  title: 'pg_hba.conf of the source lets DMS’s user in',
  judge: (facts) => {
    const rules = knownFact(facts.source.hbaRules)
    if (rules === undefined) return []
    const user = facts.users.dmsSource
    const database = knownFact(facts.source.server).database
    const line = `${facts.migration.dms['ssl-mode'] === 'none' ? 'host' : 'hostssl'} ${quoted(database)} ${quoted(user)} CIDR-OF-THE-REPLICATION-INSTANCE scram-sha-256`
    const admitting = deciding(facts, rules, database)
    if (admitting.some(({ method }) => method !== 'reject')) return []
    const finding: Finding = {
      severity: 'blocker',
      message: `no line of pg_hba.conf lets ${user} into ${database} from another machine${admitting.length > 0 ? `; line ${admitting[0]?.line ?? ''} rejects it` : ''}`,
      objects: ['pg_hba.conf', user],
      why: 'DMS connects from its replication instance; the connection test would fail with “no pg_hba.conf entry”.',
      remedy: `Add to pg_hba.conf, then SELECT pg_reload_conf();\n${line}\n${line.replace(quoted(database), 'replication')}`,
    }
    return [finding]
  },
}

/** Lines that could decide on DMS's login, up to the first that decides for every address. */
function deciding(facts: PreflightFacts, rules: readonly HbaRule[], database: string): HbaRule[] {
  const user = facts.users.dmsSource
  const roles = knownFact(facts.source.databaseRoles).find(({ name }) => name === user)?.memberOf ?? []
  const encrypted = facts.migration.dms['ssl-mode'] !== 'none'
  const local = onLoopback(facts.source.address.host)
  const found: HbaRule[] = []
  for (const rule of rules) {
    const named =
      rule.users.includes('all') ||
      rule.users.includes(user) ||
      rule.users.some((name) => name.startsWith('+') && roles.includes(name.slice(1)))
    const here = rule.databases.some((name) => name === 'all' || name === database)
    const reachable = rule.from !== 'loopback' || local
    const fits = encrypted ? rule.type !== 'hostnossl' : rule.type !== 'hostssl' && rule.type !== 'hostgssenc'
    if (!named || !here || !reachable || !fits) continue
    found.push(rule)
    if (rule.from === 'everybody') break
  }
  return found
}
