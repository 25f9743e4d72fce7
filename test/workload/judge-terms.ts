import { setTimeout as sleep } from 'node:timers/promises'
import { both, compareTables } from './compare-tables.ts'
import { openJudged, readNumbers, readSequences, readWrites, type JudgedDatabase } from './judged-database.ts'
import { accountFor } from './ledger-account.ts'
import { readLedger, type AcknowledgedWrite } from './ledger.ts'
import { addValues, collectValues, findSequencesBehind } from './sequence-check.ts'
import { checkTermWrites, splitTerms, type Side } from './term-check.ts'
import { commonObjections, toVerdict, type DataFindings, type Verdict } from './verdict.ts'
import type { WriteRow } from './write-check.ts'

/** How long (ms) replication may take after the last write until the closed side holds it, too. */
const CATCHING_UP_MS = 60_000

/**
 * Compares the ledger of a workload that has ended with two databases between which writing moved several times:
 * `sides` are those that were open, in order; the last one is the truth. The other one follows it by replication, and must
 * hold the same in the end, in every table. URLs are a superuser's, of the sample database.
 */
export async function judgeTerms(options: {
  readonly ledgerFile: string
  readonly sourceUrl: string
  readonly targetUrl: string
  readonly sides: readonly Side[]
}): Promise<Verdict> {
  const { sides } = options
  const source = await openJudged(options.sourceUrl)
  try {
    const target = await openJudged(options.targetUrl)
    try {
      const account = accountFor(readLedger(options.ledgerFile), {
        source: source.server,
        target: target.server,
      })
      const { counts, misplaced } = splitTerms(
        [
          ...account.bySource.map((write) => ({ side: 'source' as const, write })),
          ...account.byTarget.map((write) => ({ side: 'target' as const, write })),
        ],
        sides,
      )
      const [truth, other] = sides.at(-1) === 'source' ? [source, target] : [target, source]
      const [right, left] = await caughtUp(truth, other)
      const promised = [...account.bySource, ...account.byTarget, ...account.byOthers]
      return toVerdict(
        account,
        checkTermWrites(promised, misplaced, right, left),
        await compareData(truth, other, account.bySource, account.byTarget),
        [
          ...commonObjections(account),
          ...counts.flatMap((count, term) =>
            count > 0 ? [] : [`no write was acknowledged in turn ${term + 1}, the ${sides[term]}’s`],
          ),
        ],
      )
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/** The rows of shop.writes on both sides, once they are the same or time is up. */
async function caughtUp(truth: JudgedDatabase, other: JudgedDatabase): Promise<[WriteRow[], WriteRow[]]> {
  const deadline = performance.now() + CATCHING_UP_MS
  for (;;) {
    const [right, left] = await both(truth, other, readWrites)
    const known = new Set(left.map(({ writer, seq }) => `${writer}#${seq}`))
    const missing = right.some(({ writer, seq }) => !known.has(`${writer}#${seq}`))
    if (!missing || performance.now() > deadline) return [right, left]
    await sleep(250)
  }
}

async function compareData(
  truth: JudgedDatabase,
  other: JudgedDatabase,
  bySource: readonly AcknowledgedWrite[],
  byTarget: readonly AcknowledgedWrite[],
): Promise<DataFindings> {
  const [ofTruth, ofOther] = await both(truth, other, readSequences)
  const handedOut = async (writes: readonly AcknowledgedWrite[]): Promise<Map<string, Set<string>>> => {
    const values = collectValues(writes)
    for (const { sequence, values: more } of await readNumbers(truth, writes))
      addValues(values, sequence, more)
    return values
  }
  const fromSource = await handedOut(bySource)
  const collisions = [...(await handedOut(byTarget))].flatMap(([name, values]) =>
    [...values]
      .filter((value) => fromSource.get(name)?.has(value) === true)
      .map((value) => `${name} ${value}`),
  )
  return {
    collisions,
    behind: findSequencesBehind(ofOther, ofTruth),
    mismatched: await untilEqual(truth, other),
  }
}

/** Other tasks than that of shop.writes may still be on their way. */
async function untilEqual(truth: JudgedDatabase, other: JudgedDatabase): Promise<string[]> {
  const deadline = performance.now() + CATCHING_UP_MS / 4
  for (;;) {
    const mismatched = await compareTables(truth, other, { writes: new Set(), touched: new Map() })
    if (mismatched.length === 0 || performance.now() > deadline) return mismatched
    await sleep(500)
  }
}
