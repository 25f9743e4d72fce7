import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { judge } from '../workload/judge.ts'
import { isApplicationWriter, ledgerNow, readLedger } from '../workload/ledger.ts'
import type { Verdict } from '../workload/verdict.ts'
import { startWorkload } from '../workload/start-workload.ts'
import type { CutoverServers } from './cutover-servers.ts'

/** What eight writers saw of a cutover. */
export interface SeenByWriters {
  /** Longest time between two acknowledged writes of any of them, ms. */
  readonly gap: number
  /** Transactions that were open and came to nothing, by writer. */
  readonly failed: Readonly<Record<string, number>>
  /** SQLSTATEs of those, with how often. */
  readonly codes: Readonly<Record<string, number>>
  /** Transactions of which nobody knows whether they were committed. */
  readonly inDoubt: number
}

/** Writes that are acknowledged before the cutover begins: all writers are connected and warm. */
const steadyWrites = 300
/** And on the target, after it. */
const writesAfterwards = 100
const longestMs = 60_000

/**
 * Eight writers (and a stale one) write while a migration is cut over, and for a moment before and after. Throws where the judge
 * finds the cutover wrong: what is quick and wrong does not count.
 */
export async function underWriters<T>(
  servers: CutoverServers,
  migration: { warm(): Promise<void>; cutOver(): Promise<T> },
): Promise<{ readonly result: T; readonly seen: SeenByWriters }> {
  const ledgerFile = join(servers.folder, 'ledger.ndjson')
  await rm(ledgerFile, { force: true })
  const workload = await startWorkload({
    staleUrl: servers.source.url({ user: 'shop_batch', password: servers.passwords.shop_batch }, 'shop'),
    ledgerFile,
    environment: servers.emulator.environment(),
  })
  let result: T
  let from: number
  try {
    await migration.warm()
    await until(() => workload.progress().acknowledged >= steadyWrites)
    from = ledgerNow()
    result = await migration.cutOver()
    await until(() => {
      const [, count = 0] =
        Object.entries(workload.progress().perSide).find(([server]) => server.startsWith('target:')) ?? []
      return count >= writesAfterwards
    })
  } finally {
    await workload.stop()
  }
  const verdict = await judge({
    ledgerFile,
    sourceUrl: servers.url('source'),
    targetUrl: servers.url('target'),
  })
  if (!verdict.clean) throw new Error(`the cutover was wrong: ${JSON.stringify(verdict)}`)
  return { result, seen: seenSince(ledgerFile, from, verdict) }
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + longestMs
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('the writers do not get on')
    await delay(50)
  }
}

/** What the ledger says of the time after `from` (ms since the epoch). */
export function seenSince(
  ledgerFile: string,
  from: number,
  verdict: Pick<Verdict, 'inDoubtWrites'>,
): SeenByWriters {
  const failed: Record<string, number> = {}
  const codes: Record<string, number> = {}
  let gap = 0
  let last = from
  for (const line of readLedger(ledgerFile)) {
    if (line.kind === 'start' || line.kind === 'stop' || line.at < from) continue
    if (line.kind === 'failed') {
      failed[line.writer] = (failed[line.writer] ?? 0) + 1
      codes[line.code] = (codes[line.code] ?? 0) + 1
    }
    if (line.kind === 'acknowledged' && isApplicationWriter(line.writer)) {
      gap = Math.max(gap, line.at - last)
      last = line.at
    }
  }
  return { gap, failed, codes, inDoubt: verdict.inDoubtWrites }
}
