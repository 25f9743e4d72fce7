import type { Outcome } from '../runtime/run-action.ts'
import type { KeptAudit } from './keep-audit.ts'
import type { CutoverResult } from './run-cutover.ts'
import { cutoverSummary, verdictOf } from './summary.ts'

/** How a cutover or fall-back that went through is told: outputs, and the summary made of its record. Pure. */
export function cutoverOutcome(result: CutoverResult, { audit, path, trouble }: KeptAudit): Outcome {
  const { freeze, locks, approval } = audit
  return {
    headline: verdictOf(audit),
    outputs: {
      state: 'opened',
      'freeze-ms': freeze.ms === null ? '' : String(freeze.ms),
      'marker-round-trip-ms': freeze.markerRoundTripMs === null ? '' : String(freeze.markerRoundTripMs),
      'audit-file': path,
      result: JSON.stringify({
        state: 'opened',
        migration: audit.migration,
        direction: audit.direction,
        generation: audit.generation,
        resumed: audit.resumed,
        freezeMs: freeze.ms,
        freezeRoundTrips: freeze.statements,
        drainMs: freeze.replicationMs,
        ourMs: freeze.oursMs,
        markerRoundTripMs: freeze.markerRoundTripMs,
        predictedFreezeMs: freeze.predictedMs,
        lockAttempts: locks.attempts,
        lockStalledMs: locks.stalledMs,
        commit: audit.lsn.commit,
        sessionsEnded: audit.sessionsEnded,
        sequencesSet: audit.sequencesSet,
        stragglers: audit.stragglers.length,
        left: audit.left,
        approvedBy: approval.by,
        phases: audit.phases,
      }),
    },
    summary: cutoverSummary(audit, { stragglers: result.stragglers, trouble }),
  }
}
