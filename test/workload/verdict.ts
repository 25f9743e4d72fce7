import type { LedgerAccount } from './ledger-account.ts'
import type { WriteFindings } from './write-check.ts'

/** What became of the writes. All but `clean` and `details` are numbers; the first six are faults. */
export interface Verdict {
  /** acknowledged writes that the target does not hold */
  readonly lostWrites: number
  /** rows that repeat a write */
  readonly duplicateWrites: number
  /** writes that the source took after the target had taken its first */
  readonly splitBrainWrites: number
  /** sequence values that both sides handed out */
  readonly sequenceCollisions: number
  /** sequences of the target that would hand out again what the source has handed out */
  readonly sequencesBehind: number
  /** rows that differ, or that only one side holds, though no transaction of the target touched them */
  readonly rowMismatches: number
  /** writes of which nobody knows; no fault */
  readonly inDoubtWrites: number
  readonly acknowledgedWrites: number
  /** longest time without an acknowledged write of an application writer */
  readonly writeDowntimeMs: number
  readonly clean: boolean
  /** what was found, for people: the first twenty of each kind */
  readonly details: string[]
}

/** Faults beside those of the writes, as words for people. */
export interface DataFindings {
  readonly collisions: readonly string[]
  readonly behind: readonly string[]
  readonly mismatched: readonly string[]
}

/** Where sequences and rows are not compared. */
export const nothingElse: DataFindings = { collisions: [], behind: [], mismatched: [] }

/** Puts the findings together; `objections` say why a run without a fault in the data is not clean all the same. */
export function toVerdict(
  account: LedgerAccount,
  findings: WriteFindings,
  data: DataFindings,
  objections: readonly string[],
): Verdict {
  const mismatched = [...findings.mismatched.map((key) => `shop.writes ${key}`), ...data.mismatched]
  const faults = {
    lostWrites: findings.lost.length,
    duplicateWrites: findings.duplicate.length,
    splitBrainWrites: findings.splitBrain.length,
    sequenceCollisions: data.collisions.length,
    sequencesBehind: data.behind.length,
    rowMismatches: mismatched.length,
  }
  return {
    ...faults,
    inDoubtWrites: account.inDoubt.length,
    acknowledgedWrites: account.acknowledged,
    writeDowntimeMs: account.longestGapMs,
    clean: Object.values(faults).every((count) => count === 0) && objections.length === 0,
    details: [
      ...objections,
      ...describe('lost', findings.lost),
      ...describe('duplicate', findings.duplicate),
      ...describe('split brain', findings.splitBrain),
      ...describe('sequence collision', data.collisions),
      ...describe('sequence behind', data.behind),
      ...describe('row mismatch', mismatched),
    ],
  }
}

/** What is wrong with any run, whatever its writes became. */
export function commonObjections(account: LedgerAccount): string[] {
  const objections: string[] = []
  if (account.acknowledged === 0) objections.push('no write was acknowledged at all')
  if (account.byOthers.length > 0)
    objections.push(
      `${account.byOthers.length} writes were acknowledged by neither side (${account.byOthers[0]?.server})`,
    )
  if (account.endedAt === undefined) objections.push('the ledger has no end: the workload was killed')
  return objections
}

function describe(kind: string, found: readonly string[]): string[] {
  const shown = found.slice(0, 20).map((text) => `${kind}: ${text}`)
  return found.length > 20 ? [...shown, `${kind}: and ${found.length - 20} more`] : shown
}
