import { jsonDigest } from './digest.ts'
import type { Plan } from './plan.ts'

/**
 * Short digests of what a plan is made of: where two digests of the whole differ, these tell in which part, without
 * the other plan at hand.
 */
export function planParts(plan: Plan): Readonly<Record<string, string>> {
  const parts = {
    tables: plan.tasks.map(({ identifier, tables, markerTable }) => ({ identifier, tables, markerTable })),
    'table mappings': plan.tasks.map(({ mappings }) => mappings),
    'task settings': {
      tasks: plan.tasks.map(({ migrationType, slot, settings }) => ({ migrationType, slot, settings })),
      lobs: plan.decisions.lobs,
    },
    ranges: plan.decisions.ranges,
    load: { load: plan.load, duringLoad: plan.duringLoad },
    'schema of the target': plan.schema,
    assessment: plan.assessment,
    waivers: plan.waivers,
    'relaxed columns': plan.relaxedColumns,
    sequences: { names: plan.sequences, margin: plan.sequenceMargin },
    'empty target': plan.emptyTarget,
    'schema of the source': plan.sourceFingerprint,
    cutover: plan.cutover,
  }
  return Object.fromEntries(
    Object.entries(parts).map(([part, value]) => [part, jsonDigest(value).slice(0, 12)]),
  )
}
