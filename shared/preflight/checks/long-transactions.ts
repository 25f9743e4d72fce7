import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'

/** Ten minutes: the limit of DMS's own premigration assessment. */
const longSeconds = 600

/** The creation of a slot waits for every transaction that has written. */
export const longTransactions: Check = {
  code: 'source-long-transactions',
  title: 'the source has no long writing transactions',
  judge: (facts) => {
    const long = knownFact(facts.source.activity).transactions.filter(({ seconds }) => seconds >= longSeconds)
    if (long.length === 0) return []
    return [
      {
        severity: 'warning',
        message: counted(
          long.length,
          'transaction has been writing for more than 10 minutes',
          'transactions have been writing for more than 10 minutes',
        ),
        objects: long.map(({ pid, role, application }) => `${role} (pid ${pid}, ${application})`),
        why: 'The creation of the slot waits for them, and the full load with it.',
        remedy: statements(long.map(({ pid }) => `SELECT pg_terminate_backend(${pid});`)),
      },
    ]
  },
}
