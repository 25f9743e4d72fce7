import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'

/** Rules rewrite what DMS sends; in replica mode only those set to REPLICA or ALWAYS do. */
export const targetRules: Check = {
  code: 'target-rules',
  title: 'no rule of the target rewrites replicated rows',
  judge: (facts) => {
    const rules = knownFact(facts.target.rules)
    if (rules.length === 0) return []
    const firing = rules.some(({ enabled }) => enabled === 'A' || enabled === 'R')
    return [
      {
        severity: firing ? 'blocker' : 'warning',
        message: counted(
          rules.length,
          'rule stands on planned tables of the target',
          'rules stand on planned tables of the target',
        ),
        objects: rules.map((rule) => `${shown(rule)}: ${rule.rule}`),
        why: firing
          ? 'A rule that is enabled in replica mode rewrites every replicated INSERT, UPDATE and DELETE.'
          : 'COPY ignores rules and replica mode rests them: rows arrive as the source has them.',
        remedy: statements(
          rules.map(
            (rule) => `ALTER TABLE ${sqlName(rule)} DISABLE RULE ${quoted(rule.rule)}; -- on the target`,
          ),
        ),
      },
    ]
  },
}
