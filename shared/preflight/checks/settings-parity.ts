import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** Settings that change what a statement means or whether it succeeds. */
const meaning = [
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'bytea_output',
  'default_text_search_config',
  'default_transaction_isolation',
  'default_transaction_read_only',
  'extra_float_digits',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'row_security',
  'search_path',
  'standard_conforming_strings',
  'transform_null_equals',
  'xmlbinary',
  'xmloption',
] as const

/** Settings that end or limit what a session does. */
const limits = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
] as const

/** The application must meet the same server behind another address. */
export const settingsParity: Check = {
  code: 'settings-parity',
  title: 'sessions begin with the same settings on both sides',
  judge: (facts) => {
    const source = knownFact(facts.source.state).defaults
    const target = knownFact(facts.target.state).defaults
    // What one version does not know cannot differ.
    const different = [...meaning, ...limits].filter(
      (name) => source[name] !== undefined && target[name] !== undefined && source[name] !== target[name],
    )
    const findings: Finding[] = []
    if (different.length > 0) {
      findings.push({
        severity: 'warning',
        message: `${different.length} of the settings that sessions begin with ${different.length === 1 ? 'differs' : 'differ'}`,
        objects: different.map((name) => `${name}: ${source[name] ?? ''} here, ${target[name] ?? ''} there`),
        why: 'After the switch the same statement may give another result, or be ended earlier.',
        remedy: 'Set them in the target’s parameter group, or by ALTER DATABASE … SET on the target.',
      })
    }
    const [here, there] = [source['max_connections'], target['max_connections']].map(Number)
    if (here !== undefined && there !== undefined && there < here) {
      findings.push({
        severity: 'warning',
        message: `the target takes ${there} connections, the source ${here}`,
        objects: ['max_connections'],
        why: 'Pools that fit the source may find no place on the target.',
        remedy:
          'Raise max_connections in the target’s parameter group, or make sure that the pools need less.',
      })
    }
    return findings
  },
}
