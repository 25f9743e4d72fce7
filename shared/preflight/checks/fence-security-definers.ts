import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'
import { ownLogins } from '../own-roles.ts'

/** Functions that write with their owner’s rights, or leave the mode in which the fence’s trigger fires. */
export const fenceSecurityDefiners: Check = {
  code: 'fence-security-definers',
  title: 'no function writes past the rights of its caller',
  judge: (facts) => {
    const own = ownLogins(facts, 'source')
    const functions = knownFact(facts.source.definers).map((one) => ({
      ...one,
      callers: one.callers.filter((name) => !own.has(name)),
    }))
    const past = functions.filter(({ sets }) => sets.includes('session_replication_role'))
    const writing = functions.filter(
      (one) => !past.includes(one) && one.definer && one.writes && one.callers.length > 0,
    )
    const findings: Finding[] = []
    if (past.length > 0) {
      findings.push({
        severity: 'blocker',
        message: counted(
          past.length,
          'function sets session_replication_role for itself',
          'functions set session_replication_role for themselves',
        ),
        objects: past.map((one) => one.function),
        why: 'In replica mode the fence’s trigger does not fire: what the function writes passes the fence.',
        remedy: statements(
          past.map((one) => `ALTER FUNCTION ${one.function} RESET session_replication_role;`),
        ),
      })
    }
    if (writing.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          writing.length,
          'SECURITY DEFINER function may write',
          'SECURITY DEFINER functions may write',
        ),
        objects: writing.map(({ function: name, callers }) => `${name} (called by ${callers.join(', ')})`),
        why: 'It writes with its owner’s rights, whatever was revoked from its caller; the fence’s trigger still refuses it.',
        remedy: 'Nothing to do with `fence: lock`, unless the function disables triggers.',
      })
    }
    return findings
  },
}
