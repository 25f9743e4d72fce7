import { setTimeout as delay } from 'node:timers/promises'
import { ledgerNow } from '../workload/ledger.ts'
import { directions, knowsAbort } from './actions-there.ts'
import { freezeBudgetMs, openChaosLab, type ChaosLab } from './chaos-lab.ts'
import { contradictions, falseClaims, phaseNames, sidesOf, stateOf } from './claims.ts'
import { judgeWrites } from './judge-writes.ts'
import type { LiveWriters } from './live-writers.ts'
import { describeSchedule, scheduleOf, type Schedule } from './schedule.ts'
import { stageOf } from './stage.ts'
import { calm, makeTrouble, type Victim } from './troubles.ts'
import { readPhases, readTruth } from './truth.ts'
import { endOf, type RunEnd } from './action-runs.ts'

/** How a schedule ended. */
export interface ScheduleResult {
  readonly seed: number
  readonly endedIn: string
  readonly acknowledged: number
  readonly inDoubt: number
  readonly ms: number
  /** Everything that is wrong; nothing where the run is clean. */
  readonly faults: readonly string[]
  /** What the last run said where it refused although nothing was wrong any more. */
  readonly refusal: string
}

/** Runs schedules one after another on one lab, each from the same beginning, and says how to replay what is not clean. */
export async function runSchedules(
  { runs, seed }: { readonly runs: number; readonly seed: number },
  say: (line: string) => void,
): Promise<{ readonly failed: readonly number[] }> {
  let lab = await openChaosLab('chaos-runs')
  const failed: number[] = []
  const can = { directions: directions(), abort: directions().every(knowsAbort) }
  try {
    for (let index = 0; index < runs; index += 1) {
      const schedule = scheduleOf(seed + index, can)
      const result = await runSchedule(lab, schedule).catch((error: unknown) => brokenLab(schedule, error))
      const clean = result.faults.length === 0
      say(
        `${index + 1}/${runs} seed ${schedule.seed} ${clean ? '✔' : '✘'} ${schedule.direction} ${schedule.events.map(({ trouble }) => trouble.kind).join(', ')}, then ${schedule.aftermath} → ${result.endedIn}, ${result.acknowledged} writes, ${result.ms} ms${result.refusal}`,
      )
      if (clean) continue
      failed.push(schedule.seed)
      say(describeSchedule(schedule))
      for (const fault of result.faults) say(`  ✘ ${fault}`)
      say(`  again: npm run chaos -- --runs 1 --seed ${schedule.seed}`)
      await lab.close()
      lab = await openChaosLab('chaos-runs')
    }
  } finally {
    await lab.close()
  }
  say(
    failed.length === 0
      ? `${runs} runs, all clean`
      : `${failed.length} of ${runs} runs are not clean: ${failed.join(', ')}`,
  )
  return { failed }
}

function brokenLab({ seed }: Schedule, error: unknown): ScheduleResult {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    seed,
    endedIn: '',
    acknowledged: 0,
    inDoubt: 0,
    ms: 0,
    faults: [`the lab: ${message}`],
    refusal: '',
  }
}

/** What a server takes to come again, and a bit for a slow machine. */
const restartMs = 5000
/** The emulated DMS tries again 5 s after a lost connection. Before the commit point it may be right to refuse for ever. */
const rerunsMost = { committed: 15, before: 7 } as const

async function runSchedule(lab: ChaosLab, schedule: Schedule): Promise<ScheduleResult> {
  const began = performance.now()
  const { direction, aftermath, seed } = schedule
  const { from, to } = sidesOf[direction]
  const server = (side: 'source' | 'target') => `${side}:${lab.servers[side].port}`
  const faults: string[] = []
  await lab.begin(stageOf[direction])
  const writers = lab.write(direction)
  try {
    if ((await writers.until(server(from), 0, 10_000)) === undefined)
      throw new Error('the writers do not write')
    const since = ledgerNow()
    const ends = await disturbedRun(lab, schedule, faults)
    let last = ends.at(-1)
    if (aftermath !== 'nothing') last = await settledRun(lab, schedule, faults)

    const truth = await readTruth(lab.servers)
    const { committed, opened } = stateOf(truth, direction)
    faults.push(...contradictions(truth, direction))
    if (last !== undefined) faults.push(...falseClaims(last, truth, direction))
    if (aftermath === 're-run' && committed && !opened) faults.push(`the ${to} is closed after the re-runs`)
    if (!committed && writers.longestGap(since) > freezeBudgetMs + restartMs)
      faults.push(`nobody could write for ${Math.round(writers.longestGap(since))} ms`)
    if (
      aftermath === 're-run' &&
      opened &&
      (await writers.until(server(to), ledgerNow(), 5000)) === undefined
    )
      faults.push('writers that follow the secret do not write on the other side')
    await writers.stop()
    const { faults: found, ...counts } = await judgeWrites(lab, writers, direction, opened)
    return {
      ...counts,
      seed,
      endedIn: phaseNames(truth, direction),
      ms: Math.round(performance.now() - began),
      faults: [...faults, ...found],
      refusal: aftermath === 're-run' && !opened ? `, refused: ${lastWords(last)}` : '',
    }
  } finally {
    await end(writers)
    lab.network.heal()
  }
}

/** The run with its troubles, and those beside it, until all of it is over. */
async function disturbedRun(
  lab: ChaosLab,
  { direction, events }: Schedule,
  faults: string[],
): Promise<RunEnd[]> {
  lab.network.record()
  const run = await lab.start(direction)
  const over = new AbortController()
  void run.ended.then(() => over.abort())
  const servers = { source: Promise.resolve(), target: Promise.resolve() }
  const victim: Victim = { lab, direction, run, beside: [], servers }
  const troubles: Promise<void>[] = []
  for (const { afterMessages, delayMs, trouble } of events) {
    // A run that waits, or has ended, sends no more messages: then time decides.
    const deadline = performance.now() + 3000
    while (!over.signal.aborted && lab.network.sent.length < afterMessages && performance.now() < deadline)
      await delay(1)
    await delay(delayMs)
    const made = makeTrouble(trouble, victim)
    // What fails is told when all of them are awaited.
    made.catch(() => undefined)
    troubles.push(made)
  }
  await Promise.all(troubles)
  run.signal('SIGCONT')
  await calm(lab)
  const ended = await endOf(run, 60_000)
  if (ended.hung) faults.push('the run did not end within 60 s')
  return [...(await Promise.all(victim.beside)), ended.end]
}

/** Re-runs, or the abort job, until one ends well; gives how the last one ended. */
async function settledRun(
  lab: ChaosLab,
  { direction, aftermath }: Schedule,
  faults: string[],
): Promise<RunEnd | undefined> {
  const inputs = aftermath === 'abort' ? { inputs: { 'abort-only': 'true' } } : {}
  let last: RunEnd | undefined
  const { committed } = stateOf(await readPhases(lab.servers), direction)
  const most = rerunsMost[committed ? 'committed' : 'before']
  for (let attempt = 2; attempt < 2 + most; attempt += 1) {
    const { end, hung } = await endOf(await lab.start(direction, { attempt, ...inputs }), 60_000)
    last = end
    if (hung) faults.push(`the ${aftermath} did not end within 60 s`)
    if (end.exitCode === 0) return end
    await delay(1000)
  }
  return last
}

function lastWords(end: RunEnd | undefined): string {
  return (end?.log ?? '')
    .split('\n')
    .filter((line) => line.startsWith('::error'))
    .join(' ')
    .slice(0, 300)
}

async function end(writers: LiveWriters): Promise<void> {
  if (writers.lines.at(-1)?.kind !== 'stop') await writers.stop()
}
