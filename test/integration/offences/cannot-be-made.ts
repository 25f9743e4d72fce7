import { known } from '../../../shared/preflight/clean-facts.ts'
import type { PreflightFacts } from '../../../shared/preflight/facts.ts'
import type { Fact } from '../../../shared/preflight/known-fact.ts'
import type { ToldOffence } from './offence.ts'

/** Other values in a fact that was read; one that could not be read stays so. */
function changed<T extends object>(fact: Fact<T>, change: Partial<T>): Fact<T> {
  return fact.known ? known({ ...fact.value, ...change }) : fact
}

function ofSource(change: (source: PreflightFacts['source']) => Partial<PreflightFacts['source']>) {
  return (facts: PreflightFacts): PreflightFacts => ({
    ...facts,
    source: { ...facts.source, ...change(facts.source) },
  })
}

/** What no server of this machine does within a test; preflight-offending.test.ts holds that there is nothing more. */
export const cannotBeMade: readonly ToldOffence[] = [
  {
    code: 'source-version',
    object: 'server_version',
    scene: 'told',
    by: 'facts',
    reason: 'PostgreSQL 11 and older, and 19 and later, are not among the servers that can be had.',
    change: ofSource(({ server }) => ({ server: changed(server, { versionNumber: 110_022 }) })),
  },
  {
    code: 'source-long-transactions',
    object: 'shop_batch (pid 4711, nightly)',
    scene: 'told',
    by: 'facts',
    reason: 'A transaction is long after ten minutes, and PostgreSQL takes the time from the clock alone.',
    change: ofSource(({ activity }) => ({
      activity: changed(activity, {
        transactions: [{ pid: 4711, role: 'shop_batch', application: 'nightly', seconds: 86_400 }],
      }),
    })),
  },
]
