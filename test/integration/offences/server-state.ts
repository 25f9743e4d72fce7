import type { Offence } from './offence.ts'

/** Encryption, ages and rates, and settings that act on more than the migration. */
export const offences: readonly Offence[] = [
  {
    code: 'pending-restart',
    object: 'max_locks_per_transaction',
    side: 'source',
    sql: ['alter system set max_locks_per_transaction = 300', 'select pg_reload_conf()'],
  },
  // A server on which nobody has installed the contrib package.
  { code: 'source-decoding-plugin', object: 'test_decoding', scene: 'settings', by: 'server' },
  // Hours of WAL on a disk with a kilobyte left, while somebody writes.
  { code: 'source-wal-rate', object: 'WAL', by: 'server' },
  // DMS is to encrypt, and the server cannot.
  { code: 'tls', object: 'ssl', scene: 'settings', by: 'server' },
  { code: 'source-hba', object: 'pg_hba.conf', scene: 'settings', by: 'server' },
  {
    code: 'source-counters',
    object: 'pg_stat_database',
    scene: 'settings',
    sql: ['select pg_stat_reset()'],
  },
  { code: 'source-freeze-age', object: 'shop.orders', scene: 'settings', by: 'server' },
  { code: 'fall-back-target', object: 'wal_level', scene: 'settings', by: 'server' },
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
    sql: ["alter system set intervalstyle = 'iso_8601'", 'select pg_reload_conf()'],
  },
]
