import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { knownFact } from '../known-fact.ts'
import { statements } from '../naming.ts'
import { settingOf } from '../role-setting.ts'

/** A read-only or replica default that is left on the target meets the first writer after the switch. */
export const targetSessionDefaults: Check = {
  code: 'target-session-defaults',
  title: 'the applications’ sessions on the target begin writable, with triggers that fire',
  judge: (facts) => {
    const settings = knownFact(facts.target.roleSettings)
    const { defaults } = knownFact(facts.target.state)
    const wrong = facts.migration.cutover['application-roles'].flatMap((role) =>
      (
        [
          ['default_transaction_read_only', 'on'],
          ['session_replication_role', 'replica'],
        ] as const
      ).flatMap(([name, bad]) =>
        (settingOf(settings, role, name) ?? defaults[name])?.toLowerCase() === bad
          ? [{ role, name, bad }]
          : [],
      ),
    )
    if (wrong.length === 0) return []
    const database = quoted(knownFact(facts.target.server).database)
    return [
      {
        severity: 'blocker',
        message: 'sessions of the applications would begin read-only or in replica mode on the target',
        objects: wrong.map(({ role, name, bad }) => `${role}: ${name} = ${bad}`),
        why: 'Read-only, every write after the switch fails; in replica mode triggers and foreign keys are skipped.',
        remedy: statements(
          wrong.map(
            ({ role, name }) =>
              `ALTER ROLE ${quoted(role)} RESET ${name}; ALTER ROLE ${quoted(role)} IN DATABASE ${database} RESET ${name}; ALTER DATABASE ${database} RESET ${name};`,
          ),
        ),
      },
    ]
  },
}
