import { dirname, join } from 'node:path'
import { judge } from '../workload/judge.ts'
import { startWorkload, type RunningWorkload } from '../workload/start-workload.ts'
import type { Verdict } from '../workload/verdict.ts'
import type { CutoverLab } from './cutover-lab.ts'

/** Eight writers that follow the secret `shop/app`, one that keeps the source's address, and the judge of what they were told. */
export interface HazardWriters {
  /** Waits until that side has acknowledged `more` writes from here on. */
  readonly writing: (side: 'source' | 'target', ms: number, more?: number) => Promise<void>
  /** Ends the writers and compares what they were told with both databases. */
  readonly verdict: () => Promise<Verdict>
  /** Ends the writers; nothing where they have ended. */
  readonly stop: () => Promise<void>
}

/** What a verdict says when nothing was lost, doubled, or written on both sides. */
export const faultless = {
  clean: true,
  lostWrites: 0,
  duplicateWrites: 0,
  splitBrainWrites: 0,
  sequenceCollisions: 0,
  sequencesBehind: 0,
  rowMismatches: 0,
  details: [],
}

/** Starts them on a lab; slower than in a rehearsal, since three test files share two cores. */
export async function startHazardWriters({ stack, until }: CutoverLab): Promise<HazardWriters> {
  const { pair, emulator, file } = stack
  const ledgerFile = join(dirname(file), 'ledger.ndjson')
  const workload: RunningWorkload = await startWorkload({
    secretId: 'shop/app',
    staleUrl: pair.source.url({ user: 'shop_batch', password: pair.passwords.shop_batch }, 'shop'),
    ledgerFile,
    transactionsPerSecond: 80,
    environment: emulator.environment(),
  })
  let ended = false
  const stop = async () => {
    if (ended) return
    ended = true
    await workload.stop()
  }
  const written = (side: 'source' | 'target') =>
    workload.progress().perSide[`${side}:${pair[side].port}`] ?? 0
  return {
    writing: async (side, ms, more = 40) => {
      const before = written(side)
      await until(`${more} more writes on the ${side}`, ms, () =>
        Promise.resolve(written(side) >= before + more),
      )
    },
    verdict: async () => {
      await stop()
      return judge({ ledgerFile, sourceUrl: urlOf(pair.source), targetUrl: urlOf(pair.target) })
    },
    stop,
  }
}

function urlOf({ superuserUrl }: { readonly superuserUrl: string }): string {
  const url = new URL(superuserUrl)
  url.pathname = '/shop'
  return url.href
}
