import {
  openJudged,
  digestTable,
  listTables,
  readNumbers,
  readRows,
  readSequences,
  readWrites,
  readWritesIfAny,
} from './judged-database.ts'
import type { JudgedDatabase } from './judged-database.ts'
import { accountFor, writeKey } from './ledger-account.ts'
import type { LedgerAccount } from './ledger-account.ts'
import { readLedger, type LedgerLine } from './ledger.ts'
import { excludeTransactions, findMismatches } from './row-check.ts'
import type { Exclusions, TableShape } from './row-check.ts'
import { addValues, collectValues, findCollisions, findSequencesBehind } from './sequence-check.ts'
import { checkSwitchedWrites, checkUnswitchedWrites } from './write-check.ts'
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
  const lines = readLedger(options.ledgerFile)
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
      return toVerdict(account, findings, rest, switched)
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
  return toVerdict(account, checkUnswitchedWrites(account, await readWrites(source), []), nothingElse, false)
}

interface DataFindings {
  readonly collisions: readonly string[]
  readonly behind: readonly string[]
  readonly mismatched: readonly string[]
}

const nothingElse: DataFindings = { collisions: [], behind: [], mismatched: [] }

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

async function compareTables(
  source: JudgedDatabase,
  target: JudgedDatabase,
  exclusions: Exclusions,
): Promise<string[]> {
  const [tables, others] = await both(source, target, listTables)
  const shapes = new Map(others.map((table) => [`${table.schema}.${table.name}`, table]))
  const found: string[] = []
  for (const table of tables) {
    const name = `${table.schema}.${table.name}`
    const shape = shapes.get(name)
    if (shape === undefined || !sameColumns(table, shape)) {
      found.push(
        `${name}: ${shape === undefined ? 'missing on the target' : 'has other columns on the target'}`,
      )
    } else if (name !== 'shop.writes') {
      found.push(...(await compareTable(source, target, table, exclusions)))
    }
  }
  return found
}

async function compareTable(
  source: JudgedDatabase,
  target: JudgedDatabase,
  table: TableShape,
  exclusions: Exclusions,
): Promise<string[]> {
  // One digest for the whole table is cheaper, but of no use where the target's own transactions have written.
  if (!exclusions.touched.has(table.root) && !table.columns.includes('writer')) {
    const [left, right] = await both(source, target, (side) => digestTable(side, table))
    if (left === right) return []
  }
  const [sourceRows, targetRows] = await both(source, target, (side) => readRows(side, table))
  return findMismatches(table, sourceRows, targetRows, exclusions)
}

function sameColumns(table: TableShape, other: TableShape): boolean {
  return table.columns.join('\n') === other.columns.join('\n')
}

function toVerdict(
  account: LedgerAccount,
  findings: WriteFindings,
  data: DataFindings,
  switched: boolean,
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
  const objections = listObjections(account, switched)
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

/** Why a run without a fault in the data is not clean all the same. */
function listObjections(account: LedgerAccount, switched: boolean): string[] {
  const objections: string[] = []
  if (account.acknowledged === 0) objections.push('no write was acknowledged at all')
  if (account.byOthers.length > 0)
    objections.push(
      `${account.byOthers.length} writes were acknowledged by neither side (${account.byOthers[0]?.server})`,
    )
  if (account.endedAt === undefined) objections.push('the ledger has no end: the workload was killed')
  if (switched && account.byTarget.length === 0) objections.push('no write was acknowledged by the target')
  const silentMs = (account.endedAt ?? 0) - (account.lastAcknowledgedAt ?? 0)
  if (!switched && silentMs > STILL_WRITING_MS)
    objections.push(`the source took no write in the last ${Math.round(silentMs)} ms`)
  return objections
}

function describe(kind: string, found: readonly string[]): string[] {
  const shown = found.slice(0, 20).map((text) => `${kind}: ${text}`)
  return found.length > 20 ? [...shown, `${kind}: and ${found.length - 20} more`] : shown
}

async function both<Result>(
  source: JudgedDatabase,
  target: JudgedDatabase,
  read: (database: JudgedDatabase) => Promise<Result>,
): Promise<[Result, Result]> {
  return Promise.all([read(source), read(target)])
}
