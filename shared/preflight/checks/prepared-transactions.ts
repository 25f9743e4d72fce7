import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'

/** A prepared transaction hangs the creation of the slot, and DMS does not carry two-phase commit. */
export const preparedTransactions: Check = {
  code: 'source-prepared-transactions',
  title: 'the source has no prepared transactions',
  judge: (facts) => {
    const { prepared } = knownFact(facts.source.activity)
    if (prepared.length === 0) return []
    return [
      {
        severity: 'blocker',
        message: counted(prepared.length, 'prepared transaction is open', 'prepared transactions are open'),
        objects: prepared.map(({ name }) => name),
        why: 'The creation of the slot waits for them, and DMS does not carry two-phase commit.',
        remedy: statements(
          prepared.map(
            ({ name }) => `COMMIT PREPARED '${name.replaceAll("'", "''")}'; -- or ROLLBACK PREPARED`,
          ),
        ),
      },
    ]
  },
}
