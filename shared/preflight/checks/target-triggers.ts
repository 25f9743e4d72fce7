import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { isPrepared } from '../is-prepared.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'

/** Triggers that fire in replica mode do their work for every replicated row, a second time. */
export const targetTriggers: Check = {
  code: 'target-triggers',
  title: 'no trigger of the target fires for replicated rows',
  judge: (facts) => {
    const catalogue = knownFact(facts.target.catalogue)
    const all = [...catalogue.planned, ...catalogue.parents].flatMap((table) =>
      table.triggers.map((trigger) => ({ table, trigger })),
    )
    const firing = all.filter(({ trigger }) => trigger.enabled === 'A' || trigger.enabled === 'R')
    const resting = all.filter(({ trigger }) => trigger.enabled === 'O')
    const findings: Finding[] = []
    if (firing.length > 0 && !isPrepared(facts)) {
      findings.push({
        severity: 'note',
        message: counted(
          firing.length,
          'trigger of the target fires in replica mode and will be disabled',
          'triggers of the target fire in replica mode and will be disabled',
        ),
        objects: firing.map(({ table, trigger }) => `${shown(table)}: ${trigger.name}`),
        why: 'What they do has been done on the source and arrives as rows: it would happen twice.',
        remedy: 'Nothing to do: prepare-target disables them, the opening enables each as it was.',
      })
    } else if (firing.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          firing.length,
          'trigger of the target fires in replica mode',
          'triggers of the target fire in replica mode',
        ),
        objects: firing.map(({ table, trigger }) => `${shown(table)}: ${trigger.name}`),
        why: 'Somebody enabled them since prepare-target: what they do has been done on the source and arrives as rows, so it happens twice.',
        remedy: statements(
          firing.map(
            ({ table, trigger }) =>
              `ALTER TABLE ${sqlName(table)} DISABLE TRIGGER ${quoted(trigger.name)}; -- on the target; then compare the rows`,
          ),
        ),
      })
    }
    if (resting.length > 0) {
      findings.push({
        severity: 'note',
        message: counted(
          resting.length,
          'trigger of the target rests while DMS applies in replica mode',
          'triggers of the target rest while DMS applies in replica mode',
        ),
        objects: resting.map(({ table, trigger }) => `${shown(table)}: ${trigger.name}`),
        why: 'They fire for the application once the target is open.',
        remedy: 'Nothing to do; a canary on the marker tables proves the mode before the cutover.',
      })
    }
    return findings
  },
}
