import { chooseFence, lockSlots as slotsOf } from '../../cutover/read-only/choose-fence.ts'
import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** The cutover locks every planned table and partitioned table in one transaction, twice over with its triggers. */
export const lockSlots: Check = {
  code: 'source-lock-slots',
  title: 'the source can lock all planned tables at once',
  judge: (facts) => {
    const { planned, parents } = knownFact(facts.source.catalogue)
    const { settings } = knownFact(facts.source.server)
    const setting = (name: string) => Number(settings[name] ?? '0')
    const slots = slotsOf(setting)
    const tables = planned.length + parents.length
    // The other fence holds the lock of one table at a time.
    if (chooseFence(facts.migration.cutover.fence, tables, slots) === 'read-only') return []
    const indexes = [...planned, ...parents].reduce((sum, table) => sum + table.indexes.length, 0)
    // Half of the table is left to everybody else who runs at that moment; a statement locks a table's indexes as well.
    if (tables * 2 <= slots && tables + indexes <= slots) return []
    return [
      {
        severity: tables > slots ? 'blocker' : 'warning',
        message: `${tables} tables are to be locked together, with their ${indexes} indexes; the server has room for ${slots} locks in all`,
        objects: ['max_locks_per_transaction'],
        why: 'The fence locks every table in one transaction; out of lock slots it fails with “out of shared memory”.',
        remedy: `-- in the migration file, cutover: fence: read-only closes table by table; or\nALTER SYSTEM SET max_locks_per_transaction = ${Math.ceil((tables * 3 + indexes) / Math.max(1, setting('max_connections') + setting('max_prepared_transactions')))}; -- then restart`,
      },
    ]
  },
}
