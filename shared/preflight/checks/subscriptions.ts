import { eachSide } from '../each-side.ts'
import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'

/** An apply worker is no client: it writes on where clients are refused. */
export const subscriptions: Check = {
  code: 'subscriptions',
  title: 'no subscription writes into either side',
  judge: (facts) =>
    eachSide((side) => {
      const names = knownFact(facts[side].objects).subscriptions
      if (names.length === 0) return []
      return [
        {
          severity: 'blocker' as const,
          message: `the ${side} applies ${counted(names.length, 'subscription')}`,
          objects: names,
          why: 'Their workers write past the fence and the guard, since they are no clients.',
          remedy: statements(
            names.map((name) => `ALTER SUBSCRIPTION ${quoted(name)} DISABLE; -- on the ${side}`),
          ),
        },
      ]
    }),
}
