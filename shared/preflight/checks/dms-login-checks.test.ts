import { describe, expect, test } from 'vitest'
import { cleanFacts, known, replace } from '../clean-facts.ts'
import { cleanState, databaseRole } from '../clean-side-facts.ts'
import type { PreflightFacts } from '../facts.ts'
import { said } from '../said.ts'
import type { HbaRule, ServerState } from '../server-state-facts.ts'
import { parseMigration } from '../../migration/migration-file.ts'

type Side = 'source' | 'target'

const state = (side: Side, change: Partial<ServerState>) =>
  replace(side, { state: known({ ...cleanState, ...change }) })

const begins = (side: Side, name: string, value: string) =>
  state(side, { defaults: { ...cleanState.defaults, [name]: value } })

const file = (extra: string, dms = ''): PreflightFacts['migration'] =>
  parseMigration(
    `name: shop
source: { secret: a }
target: { secret: b }
dms:
  replication-instance: ri
  source: { secret: c }
  target: { secret: d }
  reverse: { source: { secret: e }, target: { secret: f } }
${dms}tables: { include: ['shop.%'] }
cutover: { application-roles: [shop_app], switch: [{ secret: shop/app }]${extra} }
`,
    'shop.yml',
  )

const withFile = (facts: PreflightFacts, migration: PreflightFacts['migration']): PreflightFacts => ({
  ...facts,
  migration,
})

const rule = (change: Partial<HbaRule> = {}): HbaRule => ({
  line: 1,
  type: 'host',
  databases: ['all'],
  users: ['all'],
  from: 'other',
  method: 'scram-sha-256',
  ...change,
})
const hba = (...rules: readonly HbaRule[]) => replace('source', { hbaRules: known(rules) })

describe('pg_hba.conf', () => {
  test.each<[string, PreflightFacts, string[]]>([
    ['a line for everybody', hba(rule({ from: 'everybody' })), []],
    ['this machine only', hba(rule({ from: 'loopback' })), ['blocker: pg_hba.conf, dms_source']],
    ['another database', hba(rule({ databases: ['other'] })), ['blocker: pg_hba.conf, dms_source']],
    [
      'replication does not speak of logical replication',
      hba(rule({ databases: ['replication'] })),
      ['blocker: pg_hba.conf, dms_source'],
    ],
    ['another user', hba(rule({ users: ['other'] })), ['blocker: pg_hba.conf, dms_source']],
    ['a role that it is a member of', memberOf('+readers'), []],
    [
      'rejected before',
      hba(rule({ from: 'everybody', method: 'reject' }), rule({ line: 2 })),
      ['blocker: pg_hba.conf, dms_source'],
    ],
    [
      'only without encryption, and DMS encrypts',
      hba(rule({ type: 'hostnossl' })),
      ['blocker: pg_hba.conf, dms_source'],
    ],
    ['only with encryption', hba(rule({ type: 'hostssl' })), []],
    [
      'only with encryption, and DMS has none',
      withFile(hba(rule({ type: 'hostssl' })), file('', '  ssl-mode: none\n')),
      ['blocker: pg_hba.conf, dms_source'],
    ],
    ['a server of RDS', cleanFacts(), []],
  ])('%s', (_, facts, expected) => {
    expect(said('source-hba', facts)).toEqual(expected)
  })
})

describe('how DMS’s sessions begin', () => {
  const line = (role: string | null, name: string, value: string) => ({
    inDatabase: false,
    role,
    name,
    value,
  })
  test.each<[string, PreflightFacts, string[]]>([
    [
      'a short statement_timeout of the server',
      begins('source', 'statement_timeout', '30000 ms'),
      ['blocker: statement_timeout on the source'],
    ],
    ['a long one', begins('target', 'statement_timeout', '2h'), ['warning: statement_timeout on the target']],
    [
      'lifted for DMS',
      {
        ...begins('source', 'statement_timeout', '30s'),
        source: {
          ...begins('source', 'statement_timeout', '30s').source,
          roleSettings: known([line('dms_source', 'statement_timeout', '0')]),
        },
      },
      [],
    ],
    [
      'of its role',
      replace('source', {
        roleSettings: known([line('dms_source', 'idle_in_transaction_session_timeout', '60s')]),
      }),
      ['blocker: idle_in_transaction_session_timeout on the source'],
    ],
    [
      'of another role',
      replace('source', { roleSettings: known([line('shop_app', 'statement_timeout', '5s')]) }),
      [],
    ],
    [
      'dates in another form',
      begins('source', 'DateStyle', 'German, DMY'),
      ['warning: DateStyle on the source'],
    ],
    [
      'read-only on the target',
      replace('target', { roleSettings: known([line(null, 'default_transaction_read_only', 'on')]) }),
      ['blocker: default_transaction_read_only on the target'],
    ],
    [
      'Aurora without synchronous commit',
      aurora(begins('source', 'synchronous_commit', 'off')),
      ['blocker: synchronous_commit on the source'],
    ],
    ['a server of one’s own without it', begins('source', 'synchronous_commit', 'off'), []],
  ])('%s', (_, facts, expected) => {
    expect(said('dms-session-settings', facts)).toEqual(expected)
  })
})

function memberOf(group: string): PreflightFacts {
  const facts = hba(rule({ users: [group] }))
  return {
    ...facts,
    source: {
      ...facts.source,
      databaseRoles: known([databaseRole('dms_source', { memberOf: [group.slice(1)] })]),
    },
  }
}

function aurora(facts: PreflightFacts): PreflightFacts {
  const { migration } = facts
  return { ...facts, migration: { ...migration, source: { ...migration.source, 'rds-cluster': 'c' } } }
}
