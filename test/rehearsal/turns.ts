import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowRun } from '../runner/run-workflow.ts'
import { openJudged, readWrites } from '../workload/judged-database.ts'
import { accountFor, writeKey } from '../workload/ledger-account.ts'
import { readLedger } from '../workload/ledger.ts'
import type { RunningWorkload } from '../workload/start-workload.ts'
import type { Side } from '../workload/term-check.ts'
import { cutoverFigures, type CutoverFigures } from './cutover-figures.ts'
import type { Stack } from './open-stack.ts'
import type { RehearsalOptions } from './rehearsal-options.ts'

/** A workflow that moved writing from one side to the other. */
export interface Turn {
  readonly name: string
  readonly run: WorkflowRun
  /** Null where it failed. */
  readonly figures: CutoverFigures | null
}

/** What followed the cutover. */
export interface Turns {
  readonly taken: readonly Turn[]
  /** The sides that were open, in order, with those before. */
  readonly sides: readonly Side[]
  /** Writes that the target acknowledged before the fall-back and that the source does not hold after it. */
  readonly lostOnTheWayBack: readonly string[]
}

/** The workflow files of the two turns. */
export const fallBackFile = 'workflows-examples/fall-back.yml'
export const cutoverAgainFile = 'workflows-examples/cutover-again.yml'

/** Long enough on the source for its writes to be seen on the target again. */
const onTheSourceMs = 5000

/** Falls back after a time of writes on the target, looks for them on the source, lets writers go on there, and cuts over again. */
export async function takeTurns(
  place: {
    readonly stack: Stack
    readonly workload: RunningWorkload
    readonly runFile: (file: string, inputs: Readonly<Record<string, string>>) => Promise<WorkflowRun>
    /** The run that cut over. */
    readonly run: WorkflowRun
    readonly ledgerFile: string
  },
  options: RehearsalOptions,
): Promise<Turns> {
  const { stack, workload, runFile } = place
  const inputs = { 'plan-digest': planDigest(place.run) }
  workload.stayOnTarget(stack.url('target', 'shop_batch'))
  await sleep(options.fallBackAfterMs ?? 0, undefined, { signal: options.signal })
  options.onStep('falling back')
  const back = await turn('fall-back', runFile(fallBackFile, inputs))
  options.signal.throwIfAborted()
  if (back.figures === null) return { taken: [back], sides: ['source', 'target'], lostOnTheWayBack: [] }
  const lostOnTheWayBack = await missingOnSource(stack, place.ledgerFile)
  options.onStep('letting the writers go on on the source')
  await sleep(onTheSourceMs, undefined, { signal: options.signal })
  options.onStep('cutting over again')
  const again = await turn('cutover again', runFile(cutoverAgainFile, inputs))
  options.signal.throwIfAborted()
  return {
    taken: [back, again],
    sides: ['source', 'target', 'source', ...(again.figures === null ? [] : ['target' as const])],
    lostOnTheWayBack,
  }
}

async function turn(name: string, running: Promise<WorkflowRun>): Promise<Turn> {
  const run = await running
  return { name, run, figures: run.conclusion === 'success' ? cutoverFigures(run) : null }
}

function planDigest(run: WorkflowRun): string {
  const [digest] = Object.values(run.jobs).flatMap(({ steps }) =>
    steps.flatMap(({ outputs }) => outputs['plan-digest'] ?? []),
  )
  if (digest === undefined)
    throw new Error('the workflow put out no plan-digest: it cannot be fallen back from')
  return digest
}

async function missingOnSource(stack: Stack, ledgerFile: string): Promise<string[]> {
  const source = await openJudged(stack.superuserUrl('source'))
  try {
    const target = await openJudged(stack.superuserUrl('target'))
    await target.close()
    const { byTarget } = accountFor(readLedger(ledgerFile), { source: source.server, target: target.server })
    const there = new Set((await readWrites(source)).map(writeKey))
    return byTarget.map(writeKey).filter((key) => !there.has(key))
  } finally {
    await source.close()
  }
}
