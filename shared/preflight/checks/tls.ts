import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { onLoopback } from '../loopback.ts'

/** Encryption of our own sessions and of DMS's. */
export const tls: Check = {
  code: 'tls',
  title: 'logins and rows travel encrypted, and both sides take the encryption that is asked for',
  judge: (facts) =>
    eachSide((side) => {
      const { defaults, sessionEncrypted } = knownFact(facts[side].state)
      const mode = facts.migration.dms['ssl-mode']
      const findings: Finding[] = []
      if (mode !== 'none' && defaults['ssl'] === 'off') {
        findings.push({
          severity: 'blocker',
          message: `the ${side} has ssl = off, and DMS is to connect with ssl-mode ${mode}`,
          objects: ['ssl', side],
          why: 'The endpoint’s connection test fails: “server does not support SSL”.',
          remedy:
            'ALTER SYSTEM SET ssl = on; -- with ssl_cert_file and ssl_key_file, then SELECT pg_reload_conf();',
        })
      }
      if (mode === 'none' && ['on', '1'].includes(defaults['rds.force_ssl'] ?? '')) {
        findings.push({
          severity: 'blocker',
          message: `the ${side} takes encrypted connections only (rds.force_ssl), and DMS is to connect without`,
          objects: ['rds.force_ssl', side],
          why: 'The endpoint’s connection test fails: “no pg_hba.conf entry … no encryption”.',
          remedy: 'Write `dms: { ssl-mode: require }` in the migration file.',
        })
      }
      if (onLoopback(facts[side].address.host)) return findings
      if (!sessionEncrypted) {
        findings.push({
          severity: 'warning',
          message: `this session on the ${side} is not encrypted`,
          objects: [side],
          why: 'Passwords and statements of the migration can be read on the way.',
          remedy: `Leave out \`${side}.tls: disable\` in the migration file.`,
        })
      }
      if (mode === 'none') {
        findings.push({
          severity: 'warning',
          message: `DMS is to connect to the ${side} without encryption`,
          objects: [side],
          why: 'Every row of the migration can be read on the way.',
          remedy: 'Write `dms: { ssl-mode: require }`, or verify-full with a certificate.',
        })
      }
      return findings
    }),
}
