import { judgeLines } from '../workload/judge.ts'
import type { CaseResult, Direction } from './chaos-case.ts'
import type { ChaosLab } from './chaos-lab.ts'
import { sidesOf } from './claims.ts'
import type { LiveWriters } from './live-writers.ts'

type Counts = Pick<CaseResult, 'acknowledged' | 'inDoubt' | 'lost' | 'duplicate' | 'splitBrain' | 'faults'>

/**
 * Compares what the writers, which have ended, were told with both databases. `opened`: the other side is open, so it must hold
 * everything; otherwise the side that was left must, whether it is closed or not.
 */
export async function judgeWrites(
  { servers }: ChaosLab,
  writers: LiveWriters,
  direction: Direction,
  opened: boolean,
): Promise<Counts> {
  const { from, to } = sidesOf[direction]
  const verdict = await judgeLines(writers.lines, {
    sourceUrl: servers.url(from),
    targetUrl: servers.url(to),
    expectSwitched: opened,
  })
  const { lostWrites: lost, duplicateWrites: duplicate, splitBrainWrites: splitBrain } = verdict
  const wrong =
    lost +
    duplicate +
    splitBrain +
    verdict.rowMismatches +
    verdict.sequenceCollisions +
    verdict.sequencesBehind
  const { acknowledgedWrites: acknowledged, inDoubtWrites: inDoubt } = verdict
  return { acknowledged, inDoubt, lost, duplicate, splitBrain, faults: wrong > 0 ? verdict.details : [] }
}
