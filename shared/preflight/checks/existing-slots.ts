import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, statements } from '../naming.ts'

/** Slots of others: idle ones fill the source's disk, and a migration must not run on one that is full. */
export const existingSlots: Check = {
  code: 'source-existing-slots',
  title: 'no forgotten slot holds back the source’s WAL',
  judge: (facts) => {
    const { slots } = knownFact(facts.source.server)
    const idle = slots.filter(({ active }) => !active)
    const findings: Finding[] = []
    const failing = knownFact(facts.source.state).slots.filter(
      ({ walStatus }) => walStatus === 'lost' || walStatus === 'unreserved',
    )
    if (failing.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(
          failing.length,
          'slot has lost its WAL, or is about to',
          'slots have lost their WAL, or are about to',
        ),
        objects: failing.map(({ name, walStatus }) => `${name} (${walStatus ?? ''})`),
        why: 'max_slot_wal_keep_size was too small for them: what reads such a slot must begin anew, and so would this migration’s tasks.',
        remedy: statements(
          failing.map(
            ({ name }) =>
              `SELECT pg_drop_replication_slot('${name.replaceAll("'", "''")}'); -- where it is lost`,
          ),
        ),
      })
    }
    if (idle.length > 0) {
      findings.push({
        severity: 'warning',
        message: counted(idle.length, 'slot is not in use', 'slots are not in use'),
        objects: idle.map(
          ({ name, retainedBytes }) => `${name} (${retainedBytes ?? 'unknown'} bytes of WAL kept)`,
        ),
        why: 'A slot that nobody reads keeps WAL until the disk is full. A stopped task’s slot is meant to be there.',
        remedy: statements(
          idle.map(
            ({ name }) => `SELECT pg_drop_replication_slot('${name}'); -- only where nothing needs it`,
          ),
        ),
      })
    }
    if (slots.length > idle.length) {
      findings.push({
        severity: 'note',
        message: counted(
          slots.length - idle.length,
          'slot is in use by others',
          'slots are in use by others',
        ),
        objects: slots.filter(({ active }) => active).map(({ name }) => name),
        why: 'They read the same log beside the migration.',
        remedy: 'Nothing to do, unless they belong to a task that should be gone.',
      })
    }
    return findings
  },
}
