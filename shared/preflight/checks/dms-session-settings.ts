import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import type { PreflightFacts } from '../facts.ts'
import { knownFact } from '../known-fact.ts'
import { settingOf } from '../role-setting.ts'
import { millisecondsOf } from '../setting-value.ts'

/** Time limits that end what DMS does; below `least` a load surely meets them. */
const limits = [
  { name: 'statement_timeout', least: 3_600_000, what: 'the reading of a large table is one statement' },
  { name: 'transaction_timeout', least: 3_600_000, what: 'the load of a large table is one transaction' },
  {
    name: 'idle_in_transaction_session_timeout',
    least: 600_000,
    what: 'DMS holds transactions open between batches',
  },
  { name: 'idle_session_timeout', least: 3_600_000, what: 'DMS keeps sessions for later' },
  { name: 'lock_timeout', least: 10_000, what: 'DMS waits for locks of the application' },
] as const

/** How DMS's sessions begin: limits of time, and forms in which values are written. */
export const dmsSessionSettings: Check = {
  code: 'dms-session-settings',
  title: 'nothing ends DMS’s sessions early or changes what they write',
  judge: (facts) => eachSide((side) => judgeSide(facts, side)),
}

function judgeSide(facts: PreflightFacts, side: 'source' | 'target'): Finding[] {
  const user = side === 'source' ? facts.users.dmsSource : facts.users.dmsTarget
  const value = (name: string) =>
    settingOf(knownFact(facts[side].roleSettings), user, name) ?? knownFact(facts[side].state).defaults[name]
  const { database } = knownFact(facts[side].server)
  const reset = (name: string, to: string) =>
    `ALTER ROLE ${quoted(user)} IN DATABASE ${quoted(database)} SET ${name} = ${to}; -- on the ${side}`
  const findings: Finding[] = limits.flatMap(({ name, least, what }): Finding[] => {
    const ms = millisecondsOf(value(name) ?? '0')
    if (ms === 0) return []
    return [
      {
        severity: ms < least ? 'blocker' : 'warning',
        message: `${name} is ${value(name)} for ${user} on the ${side}`,
        objects: [`${name} on the ${side}`],
        why: `PostgreSQL ends what takes longer: ${what}.`,
        remedy: reset(name, '0'),
      },
    ]
  })
  const forms = [
    ['DateStyle', /^ISO\b/iu, "'ISO, MDY'"],
    ['bytea_output', /^hex$/iu, 'hex'],
    ['IntervalStyle', /^postgres$/iu, 'postgres'],
    ['standard_conforming_strings', /^on$/iu, 'on'],
    ['default_transaction_read_only', /^off$/iu, 'off'],
  ] as const
  for (const [name, good, to] of forms) {
    const is = value(name)
    if (is === undefined || good.test(is)) continue
    findings.push({
      severity: name === 'default_transaction_read_only' && side === 'target' ? 'blocker' : 'warning',
      message: `${name} is ${is} for ${user} on the ${side}`,
      objects: [`${name} on the ${side}`],
      why:
        name === 'default_transaction_read_only'
          ? 'Sessions that begin read-only cannot write.'
          : 'Values are read and written as text; another form of it may be taken for another value, or refused.',
      remedy: reset(name, to),
    })
  }
  if (
    side === 'source' &&
    facts.migration.source['rds-cluster'] !== undefined &&
    value('synchronous_commit') === 'off'
  ) {
    findings.push({
      severity: 'blocker',
      message: 'synchronous_commit is off on the Aurora source',
      objects: ['synchronous_commit on the source'],
      why: 'DMS asks for it to be on where it follows an Aurora cluster (User Guide, PostgreSQL source).',
      remedy: 'Set synchronous_commit = on in the cluster parameter group.',
    })
  }
  return findings
}
