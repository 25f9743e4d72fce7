import type { LedgerAccount } from './ledger-account.ts'
import { writeKey } from './ledger-account.ts'

/** A row of shop.writes. */
export interface WriteRow {
  readonly writer: string
  readonly seq: string
  /** the server's clock at the INSERT, ms since the epoch */
  readonly madeAtMs: number
  /** over all columns but writer and seq */
  readonly digest: string
}

/** The faults found in shop.writes, each write by its name `writer#seq`. */
export interface WriteFindings {
  readonly lost: readonly string[]
  /** once for each row too many */
  readonly duplicate: readonly string[]
  readonly splitBrain: readonly string[]
  /** rows that differ, or that only one side has without being lost or split */
  readonly mismatched: readonly string[]
}

/** The server's clock and the ledger's may differ by this much (ms). */
const CLOCK_TOLERANCE_MS = 50

/** Judges a migration that switched: the target is the truth. */
export function checkSwitchedWrites(
  account: LedgerAccount,
  source: readonly WriteRow[],
  target: readonly WriteRow[],
): WriteFindings {
  const onTarget = groupRows(target)
  const onSource = groupRows(source)
  const targetsOwn = new Set(account.onTarget.map(writeKey))
  const splitBrain = findSplitBrain(account, source, onTarget, targetsOwn)
  const promised = [...account.bySource, ...account.byTarget, ...account.byOthers].map(writeKey)
  const lost = new Set(promised.filter((key) => !onTarget.has(key) && !splitBrain.has(key)))

  const mismatched = [
    ...[...onSource].filter(
      ([key, rows]) =>
        !lost.has(key) &&
        !splitBrain.has(key) &&
        !targetsOwn.has(key) &&
        !sharesDigest(rows, onTarget.get(key)),
    ),
    ...[...onTarget].filter(([key]) => !onSource.has(key) && !targetsOwn.has(key)),
  ].map(([key]) => key)
  return { lost: [...lost], duplicate: surplus(onTarget), splitBrain: [...splitBrain], mismatched }
}

/** Judges a migration that was not let through: the source is the truth, and the target must hold nothing of its own. */
export function checkUnswitchedWrites(
  account: LedgerAccount,
  source: readonly WriteRow[],
  target: readonly WriteRow[],
): WriteFindings {
  const onSource = groupRows(source)
  const strangers = [...groupRows(target).keys()].filter((key) => !onSource.has(key))
  const splitBrain = new Set([...account.onTarget.map(writeKey), ...strangers])
  const promised = [...account.bySource, ...account.byOthers].map(writeKey)
  return {
    lost: promised.filter((key) => !onSource.has(key)),
    duplicate: surplus(onSource),
    splitBrain: [...splitBrain],
    mismatched: [],
  }
}

/** Writes that the source took after the target had taken its first. */
function findSplitBrain(
  account: LedgerAccount,
  source: readonly WriteRow[],
  onTarget: ReadonlyMap<string, readonly WriteRow[]>,
  targetsOwn: ReadonlySet<string>,
): Set<string> {
  const { openedAt } = account
  if (openedAt === undefined) return new Set()
  const acknowledgedLate = account.bySource.filter((write) => write.at > openedAt).map(writeKey)
  const acknowledged = new Set(account.bySource.map(writeKey))
  const committedLate = source
    .filter((row) => row.madeAtMs > openedAt + CLOCK_TOLERANCE_MS)
    .map(writeKey)
    .filter((key) => !onTarget.has(key) && !targetsOwn.has(key) && !acknowledged.has(key))
  return new Set([...acknowledgedLate, ...committedLate])
}

function groupRows(rows: readonly WriteRow[]): Map<string, readonly WriteRow[]> {
  return Map.groupBy(rows, writeKey)
}

function surplus(rows: ReadonlyMap<string, readonly WriteRow[]>): string[] {
  return [...rows].flatMap(([key, same]) => same.slice(1).map(() => key))
}

function sharesDigest(rows: readonly WriteRow[], others: readonly WriteRow[] | undefined): boolean {
  return others?.some((other) => rows.some((row) => row.digest === other.digest)) ?? false
}
