import { writeKey } from './ledger-account.ts'
import type { AcknowledgedWrite } from './ledger.ts'
import type { WriteFindings, WriteRow } from './write-check.ts'

export type Side = 'source' | 'target'

/** An acknowledged write and the side that acknowledged it. */
export interface SidedWrite {
  readonly side: Side
  readonly write: AcknowledgedWrite
}

/**
 * Splits the acknowledged writes, in order of time, into terms: one for each of `sides`, in which only that side should
 * have taken writes. The boundaries are put where the fewest writes are on the wrong side; those are split brain. Gives the
 * number of right writes of each term, too: a term without any never came.
 */
export function splitTerms(
  writes: readonly SidedWrite[],
  sides: readonly Side[],
): { readonly counts: readonly number[]; readonly misplaced: readonly AcknowledgedWrite[] } {
  const ordered = writes.toSorted((a, b) => a.write.at - b.write.at)
  // least[k]: fewest misplaced writes so far with term k as the present one; from[i][k]: the term of write i before that.
  let least = sides.map((_, term) => (term === 0 ? 0 : Infinity))
  const moved: boolean[][] = []
  for (const { side } of ordered) {
    const steps: boolean[] = []
    const next = sides.map((expected, term) => {
      const stay = least[term] ?? Infinity
      const move = term === 0 ? Infinity : (least[term - 1] ?? Infinity)
      steps[term] = move < stay
      return Math.min(stay, move) + (side === expected ? 0 : 1)
    })
    least = next
    moved.push(steps)
  }
  let term = least.reduce((best, cost, index) => (cost < (least[best] ?? Infinity) ? index : best), 0)
  const counts = sides.map(() => 0)
  const misplaced: AcknowledgedWrite[] = []
  for (let index = ordered.length - 1; index >= 0; index -= 1) {
    const one = ordered[index]
    if (one === undefined) continue
    if (one.side === sides[term]) counts[term] = (counts[term] ?? 0) + 1
    else misplaced.push(one.write)
    if (moved[index]?.[term] === true) term -= 1
  }
  return { counts, misplaced: misplaced.toReversed() }
}

/**
 * Judges writes that moved between the sides several times, once replication the other way has caught up: the last side
 * is the truth, and the other one must hold the same.
 */
export function checkTermWrites(
  promised: readonly AcknowledgedWrite[],
  misplaced: readonly AcknowledgedWrite[],
  truth: readonly WriteRow[],
  other: readonly WriteRow[],
): WriteFindings {
  const inTruth = Map.groupBy(truth, writeKey)
  const inOther = Map.groupBy(other, writeKey)
  const splitBrain = new Set(misplaced.map(writeKey))
  const lost = promised.map(writeKey).filter((key) => !inTruth.has(key) && !splitBrain.has(key))
  const excused = new Set([...lost, ...splitBrain])
  const differs = (key: string): boolean => {
    const digests = new Set(inOther.get(key)?.map(({ digest }) => digest))
    return !(inTruth.get(key) ?? []).some(({ digest }) => digests.has(digest))
  }
  return {
    lost,
    duplicate: [...inTruth].flatMap(([key, rows]) => rows.slice(1).map(() => key)),
    splitBrain: [...splitBrain],
    mismatched: [...new Set([...inTruth.keys(), ...inOther.keys()])].filter(
      (key) => !excused.has(key) && differs(key),
    ),
  }
}
