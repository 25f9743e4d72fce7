import type { Session } from '../postgres/session.ts'
import { sqlState } from '../postgres/session.ts'
import type { Clock } from '../runtime/clock.ts'
import { MigrationError } from '../runtime/errors.ts'
import type { SessionPairs } from './session-pairs.ts'
import type { TableRun } from './table-run.ts'
import { toldOfError } from './told-of-error.ts'
import { judge, judgeCounts, nextStep, pauseBeforeLook, type Sight, type Verdict } from './verdict.ts'

/** A row, or a content of rows without a key, that was not the same on both sides at a first glance. */
export interface Suspect {
  readonly run: TableRun
  readonly key: readonly string[]
  looks: number
  /** Verdict of the look before, where it was a difference. */
  confirmed: Verdict | undefined
  dueAt: number
  readonly done: (outcome: Outcome) => void
  readonly fail: (error: unknown) => void
}

export type Outcome = 'equal' | 'different' | 'unsettled'

/** A difference that was seen twice, with the row versions that it was seen on. */
export interface ProvenDifference {
  readonly suspect: Suspect
  readonly kind: 'missing' | 'surplus' | 'changed'
  readonly source: Sight | undefined
  readonly target: Sight | undefined
}

/** Looks at suspects until each is settled, many with one marker. */
export interface Settler {
  /** Resolves when all keys are settled, proven or given up; tells what became of them. */
  submit(run: TableRun, keys: readonly (readonly string[])[]): Promise<readonly Outcome[]>
}

/** Suspects of one round at most; one marker serves them all. */
const mostInRound = 5000
/** Rows of a table that are given up before the whole table is: each is held in memory. */
const mostUnsettled = 10_000

export function settler(options: {
  readonly pairs: SessionPairs
  readonly settle: () => Promise<void>
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly maxLooks: number
  /** Tells a difference; false where a row has changed since, so that it is looked at again. */
  readonly onDifferences: (proven: readonly ProvenDifference[]) => Promise<readonly boolean[]>
}): Settler {
  const { pairs, settle, clock, signal, maxLooks, onDifferences } = options
  let waiting: Suspect[] = []
  const open = new Set<Suspect>()
  /** Keys that are being looked at, or were told already: chunks overlap where the two sides sort otherwise than they say. */
  const known = new Map<TableRun, Map<string, Promise<Outcome>>>()
  let isWorking = false
  let noMarker: string | undefined
  let fatal: { readonly error: unknown } | undefined

  const giveUp = (suspect: Suspect, reason: string) => {
    const { run, key } = suspect
    if (run.unsettled.length < mostUnsettled) run.unsettled.push({ key: namedKey(run, key), reason })
    else run.failure ??= `more than ${mostUnsettled} rows could not be settled: ${reason}`
    suspect.done('unsettled')
  }

  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      for (const suspect of waiting.filter(({ run }) => run.stopped || run.failure !== undefined))
        suspect.done('unsettled')
      waiting = waiting.filter(({ run }) => !run.stopped && run.failure === undefined)
      const now = clock.elapsed()
      const due = waiting.filter(({ dueAt }) => dueAt <= now).slice(0, mostInRound)
      const [next] = waiting.toSorted((a, b) => a.dueAt - b.dueAt)
      if (next === undefined) break
      if (due.length === 0) {
        // Briefly: others may come in the meantime, which need not wait for this one's turn.
        await clock.sleep(Math.min(50, Math.max(1, next.dueAt - now)), signal)
        continue
      }
      const chosen = new Set(due)
      waiting = waiting.filter((suspect) => !chosen.has(suspect))
      await round(due)
    }
    // In the same turn as the last look at what waits, so that nobody's submission falls between.
    isWorking = false
  }

  const round = async (due: readonly Suspect[]): Promise<void> => {
    const groups = Map.groupBy(due, ({ run }) => run)
    // The target first: what it holds now it got from a source that was older than the look that follows.
    const targetBefore = await lookAll(groups, 'target')
    const sourceBefore = await lookAll(groups, 'source')
    if (noMarker === undefined) {
      try {
        await settle()
      } catch (error) {
        if (signal.aborted) throw error
        noMarker = error instanceof Error ? error.message : String(error)
      }
    }
    if (noMarker !== undefined) {
      for (const suspect of due) giveUp(suspect, `no marker proves what has arrived: ${noMarker}`)
      return
    }
    const targetAfter = await lookAll(groups, 'target')
    const sourceAfter = await lookAll(groups, 'source')
    const proven: ProvenDifference[] = []
    for (const suspect of due) {
      if (suspect.run.failure !== undefined) {
        suspect.done('unsettled')
        continue
      }
      suspect.run.rechecks += 1
      const of = (sights: Sights) => sights.get(suspect.run)?.get(JSON.stringify(suspect.key))
      const looks = {
        targetBefore: of(targetBefore),
        sourceBefore: of(sourceBefore),
        targetAfter: of(targetAfter),
        sourceAfter: of(sourceAfter),
      }
      const verdict = suspect.run.table.key === undefined ? judgeCounts(looks) : judge(looks)
      const step = nextStep(verdict, suspect, maxLooks)
      if (step === 'settled') suspect.done('equal')
      else if (step === 'look-again') again(suspect, verdict)
      else if (step === 'give-up') giveUp(suspect, `it changed whenever it was looked at, ${maxLooks} times`)
      else if (verdict !== 'equal' && verdict !== 'moving')
        proven.push({
          suspect,
          kind: verdict,
          source: looks.sourceAfter,
          target: looks.targetAfter,
        })
    }
    if (proven.length === 0) return
    const told = await onDifferences(proven)
    for (const [index, { suspect }] of proven.entries()) {
      if (told[index] === true) suspect.done('different')
      else if (suspect.looks + 1 >= maxLooks) giveUp(suspect, 'it changed before its values could be read')
      else again(suspect, 'moving')
    }
  }

  const again = (suspect: Suspect, verdict: Verdict) => {
    suspect.looks += 1
    suspect.confirmed = verdict === 'moving' ? undefined : verdict
    // A difference is looked at again at once; a row that is being written gets some peace.
    suspect.dueAt = verdict === 'moving' ? clock.elapsed() + pauseBeforeLook(suspect.looks) : clock.elapsed()
    waiting.push(suspect)
  }

  const lookAll = async (
    groups: ReadonlyMap<TableRun, readonly Suspect[]>,
    side: 'source' | 'target',
  ): Promise<Sights> =>
    pairs.use(async (pair) => {
      const sights = new Map<TableRun, Map<string, Sight>>()
      for (const [run, suspects] of groups) {
        if (run.failure !== undefined) continue
        try {
          // A row of two chunks is asked for once: twice it would look like two rows.
          const keys = [...new Map(suspects.map(({ key }) => [JSON.stringify(key), key])).values()]
          sights.set(run, await look(pair[side], run, side, keys))
        } catch (error) {
          if (sqlState(error) === undefined || error instanceof MigrationError) throw error
          run.failure = `its rows could not be looked at on the ${side}: ${toldOfError(error)}`
        }
      }
      return sights
    })

  const start = () => {
    if (isWorking) return
    isWorking = true
    work().catch((error: unknown) => {
      isWorking = false
      fatal = { error }
      waiting = []
      for (const suspect of open) suspect.fail(error)
      open.clear()
    })
  }

  return {
    submit: async (run, keys) => {
      if (fatal !== undefined) throw fatal.error
      const ofRun = known.get(run) ?? new Map<string, Promise<Outcome>>()
      known.set(run, ofRun)
      const outcomes = keys.map((key) => {
        const name = JSON.stringify(key)
        const before = ofRun.get(name)
        if (before !== undefined) return before
        const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
        const suspect: Suspect = {
          run,
          key,
          looks: 0,
          confirmed: undefined,
          dueAt: clock.elapsed(),
          done: (outcome) => {
            open.delete(suspect)
            // It was equal then; who suspects it anew has seen something newer.
            if (outcome === 'equal') ofRun.delete(name)
            resolve(outcome)
          },
          fail: reject,
        }
        ofRun.set(name, promise)
        open.add(suspect)
        waiting.push(suspect)
        return promise
      })
      start()
      return Promise.all(outcomes)
    },
  }
}

type Sights = ReadonlyMap<TableRun, ReadonlyMap<string, Sight>>

/** A look at some keys by one statement. Rows that share a key, where it is not unique after all, are seen as one. */
async function look(
  session: Session,
  run: TableRun,
  side: 'source' | 'target',
  keys: readonly (readonly string[])[],
): Promise<Map<string, Sight>> {
  const { text, values } = run.statements[side].look(keys)
  const rows = await session.query<{ key: string[]; content: string; version: string }>(text, values)
  return new Map(
    [...Map.groupBy(rows, ({ key }) => JSON.stringify(key))].map(([key, same]) => [
      key,
      {
        content: same
          .map(({ content }) => content)
          .toSorted()
          .join(),
        version: same
          .map(({ version }) => version)
          .toSorted()
          .join(),
      },
    ]),
  )
}

/** The key by column names; undefined for tables without one. */
export function namedKey(
  { table }: Pick<TableRun, 'table'>,
  key: readonly string[],
): Record<string, string> | undefined {
  if (table.key === undefined) return undefined
  return Object.fromEntries(table.key.map((name, index) => [name, key[index] ?? '']))
}
