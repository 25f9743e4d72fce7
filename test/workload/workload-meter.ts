import { isApplicationWriter, STALE_WRITER } from './ledger.ts'
import type { LedgerLine } from './ledger.ts'

/** Where the workload stands; its process prints one such object as a line of JSON every 250 ms. */
export interface WorkloadProgress {
  /** acknowledged writes so far, the stale writer's included */
  readonly acknowledged: number
  /** acknowledged in the last second */
  readonly perSecond: number
  /** transactions that were open and came to nothing */
  readonly failed: number
  /** transactions whose COMMIT was sent and not answered */
  readonly inDoubt: number
  /** attempts to connect that were refused */
  readonly refused: number
  /** acknowledged writes by server, as `<cluster_name>:<port>` */
  readonly perSide: Readonly<Record<string, number>>
  /** longest time (ms) without any acknowledged write of an application writer, the present one included */
  readonly longestGapMs: number
  readonly stale: {
    readonly state: 'starting' | 'writing' | 'refused'
    readonly acknowledged: number
    readonly refusals: number
    /** why the last attempt failed */
    readonly code?: string
  }
}

/** Counts ledger lines as they are written. */
export interface WorkloadMeter {
  count(line: LedgerLine): void
  progress(now: number): WorkloadProgress
}

/** A meter at zero. All instants are those of `ledgerNow`. */
export function createMeter(): WorkloadMeter {
  const totals = { acknowledged: 0, failed: 0, inDoubt: 0, refused: 0 }
  const perSide: Record<string, number> = {}
  const stale = { acknowledged: 0, refusals: 0 }
  let staleState: 'starting' | 'writing' | 'refused' = 'starting'
  let staleCode: string | undefined
  let recent: number[] = []
  let lastAt: number | undefined
  let longestGap = 0

  function countStale(line: LedgerLine): void {
    if (line.kind === 'acknowledged') {
      stale.acknowledged += 1
      staleState = 'writing'
    } else if (line.kind === 'failed' || line.kind === 'refused') {
      stale.refusals += 1
      staleState = 'refused'
      staleCode = line.code
    }
  }

  return {
    count(line) {
      if (line.kind === 'start' || line.kind === 'stop') return
      totals[line.kind] += 1
      if (line.writer === STALE_WRITER) countStale(line)
      if (line.kind !== 'acknowledged') return
      perSide[line.server] = (perSide[line.server] ?? 0) + 1
      recent.push(line.at)
      if (!isApplicationWriter(line.writer)) return
      if (lastAt !== undefined) longestGap = Math.max(longestGap, line.at - lastAt)
      lastAt = line.at
    },
    progress(now) {
      recent = recent.filter((at) => at > now - 1000)
      return {
        ...totals,
        perSecond: recent.length,
        perSide: { ...perSide },
        longestGapMs: Math.max(longestGap, lastAt === undefined ? 0 : now - lastAt),
        stale: { state: staleState, ...stale, ...(staleCode === undefined ? {} : { code: staleCode }) },
      }
    },
  }
}
