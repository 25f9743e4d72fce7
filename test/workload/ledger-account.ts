import { isApplicationWriter, SABOTEUR } from './ledger.ts'
import type { AcknowledgedWrite, InDoubtWrite, LedgerLine } from './ledger.ts'

/** What a ledger says, sorted by the side that answered. */
export interface LedgerAccount {
  readonly bySource: readonly AcknowledgedWrite[]
  readonly byTarget: readonly AcknowledgedWrite[]
  /** answered by a server that is neither */
  readonly byOthers: readonly AcknowledgedWrite[]
  readonly inDoubt: readonly InDoubtWrite[]
  /** everything that may have changed the target after it opened: acknowledged or in doubt there */
  readonly onTarget: readonly (AcknowledgedWrite | InDoubtWrite)[]
  /** when the target acknowledged its first write */
  readonly openedAt: number | undefined
  /** acknowledged writes, a saboteur's left out */
  readonly acknowledged: number
  /** longest time (ms) between two acknowledged writes of application writers */
  readonly longestGapMs: number
  /** last acknowledgement of an application writer, and the end of the ledger */
  readonly lastAcknowledgedAt: number | undefined
  readonly endedAt: number | undefined
}

/** Name of one write, as sets and messages hold it. */
export function writeKey(write: { readonly writer: string; readonly seq: number | string }): string {
  return `${write.writer}#${write.seq}`
}

/** Sorts the lines by the servers' identities, as `<cluster_name>:<port>`. */
export function accountFor(
  lines: readonly LedgerLine[],
  servers: { readonly source: string; readonly target: string },
): LedgerAccount {
  const acknowledged = lines.filter((line) => line.kind === 'acknowledged')
  const inDoubt = lines.filter((line) => line.kind === 'inDoubt')
  const byTarget = acknowledged.filter((line) => line.server === servers.target)
  const instants = acknowledged
    .filter((line) => isApplicationWriter(line.writer))
    .map((line) => line.at)
    .toSorted((a, b) => a - b)
  return {
    bySource: acknowledged.filter((line) => line.server === servers.source),
    byTarget,
    byOthers: acknowledged.filter((line) => line.server !== servers.source && line.server !== servers.target),
    inDoubt,
    onTarget: [...byTarget, ...inDoubt.filter((line) => line.server === servers.target)],
    openedAt: byTarget.length === 0 ? undefined : Math.min(...byTarget.map((line) => line.at)),
    acknowledged: acknowledged.filter((line) => line.writer !== SABOTEUR).length,
    longestGapMs: longestGap(instants),
    lastAcknowledgedAt: instants.at(-1),
    endedAt: lines.findLast((line) => line.kind === 'stop')?.at,
  }
}

function longestGap(instants: readonly number[]): number {
  let longest = 0
  for (const [index, at] of instants.entries()) longest = Math.max(longest, at - (instants[index - 1] ?? at))
  return Math.round(longest * 10) / 10
}
