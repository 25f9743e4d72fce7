import type { Check } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { isPrepared } from '../is-prepared.ts'
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
    // The migration itself sets replica mode by the parameter group, where its file says so, and takes it back.
    const ownReplica =
      isPrepared(facts) && facts.migration['during-load']['replica-role'] === 'parameter-group'
    const judged = [
      {
        name: 'default_transaction_read_only',
        bad: 'on',
        ofServer: defaults['default_transaction_read_only'],
      },
      {
        name: 'session_replication_role',
        bad: 'replica',
        ofServer: ownReplica ? undefined : defaults['session_replication_role'],
      },
    ]
    const wrong = facts.migration.cutover['application-roles'].flatMap((role) =>
      judged
        .filter(
          ({ name, bad, ofServer }) => (settingOf(settings, role, name) ?? ofServer)?.toLowerCase() === bad,
        )
        .map(({ name, bad }) => ({ role, name, bad })),
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
