import { directions, knowsAbort } from './actions-there.ts'
import { caseName, type CaseResult, type ChaosCase } from './chaos-case.ts'
import { openChaosLab, type ChaosLab } from './chaos-lab.ts'
import { appendResult, codeDigest, readResults } from './results-file.ts'
import { runCase } from './run-case.ts'
import { stageOf } from './stage.ts'
import { matrixOf, sampleOf, shardOf, strikePoints } from './strike-points.ts'

/** Which cases are run. */
export interface MatrixOrder {
  readonly shard: { readonly index: number; readonly count: number }
  /** Words that a case's name must all hold. */
  readonly only: readonly string[]
  /** So many of them alone. */
  readonly sample?: number
  /** Cases that were not clean are run again. */
  readonly retry: boolean
  readonly resultsFile: string
}

/** Runs what the results file does not hold yet; gives everything that it holds then of the cases asked for. */
export async function runMatrix(order: MatrixOrder, say: (line: string) => void): Promise<CaseResult[]> {
  const code = codeDigest()
  let lab = await openChaosLab('chaos')
  try {
    const every = await everyCase(lab)
    const cases = chosen(every, order)
    const known = readResults(order.resultsFile, code)
    const left = cases.filter((each) => {
      const result = known.get(caseName(each))
      return result === undefined || (order.retry && result.faults.length > 0)
    })
    say(`${every.length} cases in all, ${cases.length} asked for, ${left.length} of them to run`)
    for (const [index, each] of left.entries()) {
      const { broken, ...tried } = await tryCase(lab, each)
      const result = { ...tried.result, code }
      if (broken) {
        await lab.close()
        lab = await openChaosLab('chaos')
      }
      appendResult(order.resultsFile, result)
      known.set(result.case, result)
      say(line(index + 1, left.length, result))
    }
    return cases.flatMap((each) => known.get(caseName(each)) ?? [])
  } finally {
    await lab.close()
  }
}

/** What an undisturbed run in each direction sends, struck at in every way. */
export async function everyCase(lab: ChaosLab): Promise<ChaosCase[]> {
  const cases: ChaosCase[] = []
  for (const direction of directions()) {
    const stage = stageOf[direction]
    await lab.begin(stage)
    const writers = lab.write(direction)
    lab.network.record()
    const end = await (await lab.start(direction)).ended
    const { sent } = lab.network
    await writers.stop()
    if (end.exitCode !== 0) throw new Error(`undisturbed, the ${direction} run fails:\n${end.log}`)
    cases.push(...matrixOf({ direction, stage, abort: knowsAbort(direction) }, strikePoints(sent)))
  }
  return cases
}

function chosen(cases: readonly ChaosCase[], { shard, only, sample }: MatrixOrder): ChaosCase[] {
  const named = cases.filter((each) => only.every((word) => caseName(each).includes(word)))
  const mine = shardOf(named, shard.index, shard.count)
  return sample === undefined ? mine : sampleOf(mine, sample)
}

/** A lab that breaks is made anew, and the case tried once more by the next run of the matrix. */
async function tryCase(
  lab: ChaosLab,
  each: ChaosCase,
): Promise<{ result: Omit<CaseResult, 'code'>; broken: boolean }> {
  const { direction, blow, aftermath } = each
  const empty = { case: caseName(each), direction, blow, aftermath, endedIn: '', ms: 0, acknowledged: 0 }
  const none = { ...empty, inDoubt: 0, lost: 0, duplicate: 0, splitBrain: 0 }
  try {
    // A run polls a little differently each time, and may have ended before the message comes.
    const result = (await runCase(lab, each)) ?? (await runCase(lab, each))
    return { result: result ?? { ...none, struckIn: 'not reached', faults: [] }, broken: false }
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { result: { ...none, struckIn: 'not reached', faults: [`the lab: ${message}`] }, broken: true }
  }
}

function line(
  index: number,
  count: number,
  { case: name, faults, struckIn, endedIn, ms, backMs }: CaseResult,
): string {
  const back = backMs === undefined ? '' : `, back after ${backMs} ms`
  const verdict = faults.length === 0 ? '✔' : `✘ ${faults.join('; ')}`
  return `${index}/${count} ${verdict} ${struckIn} → ${endedIn}, ${ms} ms${back}: ${name.slice(0, 160)}`
}
