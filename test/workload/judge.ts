import { both, compareTables } from './compare-tables.ts'
import { openJudged, readNumbers, readSequences, readWrites, readWritesIfAny } from './judged-database.ts'
import type { JudgedDatabase } from './judged-database.ts'
import { accountFor, writeKey } from './ledger-account.ts'
import type { LedgerAccount } from './ledger-account.ts'
import { readLedger, type LedgerLine } from './ledger.ts'
import { excludeTransactions } from './row-check.ts'
import { addValues, collectValues, findCollisions, findSequencesBehind } from './sequence-check.ts'
import { commonObjections, nothingElse, toVerdict, type DataFindings, type Verdict } from './verdict.ts'
import { checkSwitchedWrites, checkUnswitchedWrites } from './write-check.ts'
import type { WriteFindings } from './write-check.ts'

/** The last acknowledged write may lie this long (ms) before the end of the ledger where the source is to write until the end. */
const STILL_WRITING_MS = 1000

/**
 * Compares the ledger of a workload that has ended with both databases. With `expectSwitched: false` (a cutover that was not let
 * through) the source must hold every acknowledged write and have taken them to the end, and the target none of its own.
 * @param options.sourceUrl superuser's URL of the sample database; so `targetUrl`
 */
export async function judge(options: {
  readonly ledgerFile: string
  readonly sourceUrl: string
  /** Undefined where a migration that failed has not even made its target. */
  readonly targetUrl: string | undefined
  readonly expectSwitched?: boolean
}): Promise<Verdict> {
  return judgeLines(readLedger(options.ledgerFile), options)
}

/** The same of a ledger's lines that are at hand. */
export async function judgeLines(
  lines: readonly LedgerLine[],
  options: {
    readonly sourceUrl: string
    readonly targetUrl: string | undefined
    readonly expectSwitched?: boolean
  },
): Promise<Verdict> {
  const source = await openJudged(options.sourceUrl)
  try {
    if (options.targetUrl === undefined) return await judgeWithoutTarget(lines, source)
    const target = await openJudged(options.targetUrl)
    try {
      if (source.server === target.server)
        throw new Error(`source and target are the same server: ${source.server}`)
      const account = accountFor(lines, { source: source.server, target: target.server })
      const switched = options.expectSwitched ?? true
      const writes = await both(source, target, (side) =>
        switched || side === source ? readWrites(side) : readWritesIfAny(side),
      )
      const check = switched ? checkSwitchedWrites : checkUnswitchedWrites
      const findings = check(account, ...writes)
      const rest = switched ? await checkData(account, findings, source, target) : nothingElse
      return toVerdict(account, findings, rest, objectionsTo(account, switched))
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/** The source must have gone on as if there had been no migration. */
async function judgeWithoutTarget(lines: readonly LedgerLine[], source: JudgedDatabase): Promise<Verdict> {
  const account = accountFor(lines, { source: source.server, target: 'a target that was never made' })
  const findings = checkUnswitchedWrites(account, await readWrites(source), [])
  return toVerdict(account, findings, nothingElse, objectionsTo(account, false))
}

function objectionsTo(account: LedgerAccount, switched: boolean): string[] {
  const objections = commonObjections(account)
  if (switched && account.byTarget.length === 0) objections.push('no write was acknowledged by the target')
  const silentMs = (account.endedAt ?? 0) - (account.lastAcknowledgedAt ?? 0)
  if (!switched && silentMs > STILL_WRITING_MS)
    objections.push(`the source took no write in the last ${Math.round(silentMs)} ms`)
  return objections
}

async function checkData(
  account: LedgerAccount,
  findings: WriteFindings,
  source: JudgedDatabase,
  target: JudgedDatabase,
): Promise<DataFindings> {
  const [sourceSequences, targetSequences] = await both(source, target, readSequences)
  const handedOut = collectValues(account.onTarget)
  for (const { sequence, values } of await readNumbers(target, account.onTarget))
    addValues(handedOut, sequence, values)

  const late = new Set(findings.splitBrain)
  const exclusions = excludeTransactions(
    [...account.onTarget, ...account.bySource.filter((write) => late.has(writeKey(write)))],
    late,
  )
  return {
    collisions: findCollisions(account, handedOut, sourceSequences),
    behind: findSequencesBehind(sourceSequences, targetSequences),
    mismatched: await compareTables(source, target, exclusions),
  }
}
