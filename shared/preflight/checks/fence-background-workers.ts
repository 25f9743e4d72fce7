import { eachSide } from '../each-side.ts'
import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted } from '../naming.ts'

/** Background workers of extensions are no clients; a fence that ends clients does not end them. */
export const fenceBackgroundWorkers: Check = {
  code: 'fence-background-workers',
  title: 'no background worker of an extension works in either database',
  judge: (facts) =>
    eachSide((side) => {
      const workers = knownFact(facts[side].workers)
      if (workers.length === 0) return []
      return [
        {
          severity: 'warning' as const,
          message: `${counted(workers.length, 'kind of background worker works', 'kinds of background workers work')} in the ${side}`,
          objects: workers.map(({ kind, role, count }) => `${kind} (${role ?? 'no role'}, ${count})`),
          why: 'It is no client that could be ended or shut out; the cutover refuses while a process that it does not know is in the database.',
          remedy: `Find out what it writes, and stop it for the cutover. SELECT pid, backend_type, query FROM pg_stat_activity WHERE backend_type <> 'client backend'; -- on the ${side}`,
        },
      ]
    }),
}
