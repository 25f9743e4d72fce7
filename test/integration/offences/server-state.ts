import { known } from '../../../shared/preflight/clean-facts.ts'
import type { PreflightFacts } from '../../../shared/preflight/facts.ts'
import type { ServerFacts } from '../../../shared/preflight/facts.ts'
import type { ServerState } from '../../../shared/preflight/server-state-facts.ts'
import type { Offence } from './offence.ts'

type Side = 'source' | 'target'

/** The facts with another state of a server, where it was read. */
function withState(facts: PreflightFacts, side: Side, change: Partial<ServerState>): PreflightFacts {
  const { state } = facts[side]
  return state.known
    ? { ...facts, [side]: { ...facts[side], state: known({ ...state.value, ...change }) } }
    : facts
}

function withSetting(facts: PreflightFacts, side: Side, name: string, value: string): PreflightFacts {
  const { state } = facts[side]
  return state.known
    ? withState(facts, side, { defaults: { ...state.value.defaults, [name]: value } })
    : facts
}

function withServer(facts: PreflightFacts, side: Side, change: Partial<ServerFacts>): PreflightFacts {
  const { server } = facts[side]
  return server.known
    ? { ...facts, [side]: { ...facts[side], server: known({ ...server.value, ...change }) } }
    : facts
}

/** Settings, encryption, ages and rates. What would stop the servers of other offences is told in the facts alone. */
export const offences: readonly Offence[] = [
  {
    code: 'pending-restart',
    object: 'max_locks_per_transaction',
    side: 'source',
    sql: [
      'alter system set max_locks_per_transaction = 300',
      'select pg_reload_conf()',
      'select pg_sleep(1)',
    ],
  },
  {
    code: 'source-decoding-plugin',
    object: 'pglogical',
    change: (facts) => {
      const { migration } = facts
      const { dms } = migration
      return {
        ...facts,
        migration: { ...migration, dms: { ...dms, source: { ...dms.source, plugin: 'pglogical' } } },
      }
    },
  },
  {
    code: 'source-wal-rate',
    object: 'WAL',
    change: (facts) => ({
      ...facts,
      source: {
        ...facts.source,
        walRate: known({ bytes: '9000000000000', seconds: 3600, average: null }),
        freeStorage: known({ bytes: '9000000000000', growthBytes: '0' }),
      },
    }),
  },
  {
    code: 'tls',
    object: 'rds.force_ssl',
    change: (facts) => withSetting(facts, 'source', 'rds.force_ssl', 'on'),
  },
  {
    code: 'source-hba',
    object: 'pg_hba.conf',
    change: (facts) => ({ ...facts, source: { ...facts.source, hbaRules: known([]) } }),
  },
  {
    code: 'source-counters',
    object: 'pg_stat_database',
    change: (facts) => withState(facts, 'source', { countersAgeDays: 0 }),
  },
  {
    code: 'source-freeze-age',
    object: 'shop.orders',
    change: (facts) =>
      withState(facts, 'source', { oldestTable: 'shop.orders', oldestTableXidAge: 199_000_000 }),
  },
  {
    code: 'fall-back-target',
    object: 'wal_level',
    change: (facts) => {
      const { server } = facts.target
      const settings = server.known ? server.value.settings : {}
      return withServer(facts, 'target', { settings: { ...settings, wal_level: 'replica' } })
    },
  },
  {
    code: 'dms-session-settings',
    object: 'statement_timeout on the source',
    side: 'source',
    sql: ["alter role dms_source set statement_timeout = '30s'"],
  },
  {
    code: 'settings-parity',
    object: 'IntervalStyle: postgres here, iso_8601 there',
    side: 'target',
    sql: ["alter system set intervalstyle = 'iso_8601'", 'select pg_reload_conf()', 'select pg_sleep(1)'],
  },
]
