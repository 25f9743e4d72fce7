import type { Check, Finding } from '../finding.ts'
import { counted } from '../naming.ts'
import { objectDifferences } from '../object-parity.ts'

/** Functions, procedures and aggregates, by signature and body. */
export const targetFunctions: Check = {
  code: 'target-functions',
  title: 'every function of the source is on the target, with the same body',
  judge: (facts) => {
    const { missing, different } = objectDifferences(facts, ['function'])
    const findings: Finding[] = []
    if (missing.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          missing.length,
          'function of the source is missing on the target',
          'functions of the source are missing on the target',
        ),
        objects: missing.map(({ name }) => name),
        why: 'Calls of it, and triggers and defaults that use it, fail after the switch.',
        remedy:
          'psql "$SOURCE_URL" -Atc "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE …" | psql "$TARGET_URL"',
      })
    }
    if (different.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          different.length,
          'function differs between the sides',
          'functions differ between the sides',
        ),
        objects: different.map(({ source }) => source.name),
        why: 'After the switch the application meets another definition than it knows.',
        remedy:
          'psql "$SOURCE_URL" -Atc "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE …" | psql "$TARGET_URL"',
      })
    }
    return findings
  },
}
