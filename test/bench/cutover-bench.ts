import { loadavg } from 'node:os'
import { alternate, type BenchOptions, type Measurement, type Pair } from './bench.ts'
import { prepareFloor, type CutoverTimes, type ReadyMigration } from './cutover-floor.ts'
import { replayByHand } from './cutover-by-hand.ts'
import { EndedBeforeCommit, prepareOurs, type OurTimes } from './cutover-ours.ts'
import { openCutoverServers, type CutoverServers } from './cutover-servers.ts'
import { underWriters, type SeenByWriters } from './cutover-writers.ts'
import { median } from './results.ts'

interface Run<Times> {
  readonly times: Times
  readonly seen: SeenByWriters
}

/** Most statements inside the freeze. */
const mostStatements = 12
/** Most cutovers in all that may give the source back, and are made again. */
const mostEnded = 5

/**
 * The cutover beside the floor, in turn on the same two servers (15 → 17, 20 tables, 500 sequences), under eight writers and
 * a stale one; the judge must find every run clean. The floor is PostgreSQL's own logical replication, cut over by hand as
 * quickly as can be; ours are the actions over the emulated DMS. What replication takes (the marker's way) is taken off both.
 * `cutover`: the freeze, to the open target. `cutover-switched`: until clients are pointed there. `cutover-writers`: longest
 * time that no writer was acknowledged, replication's part included. `cutover-failed`: most transactions that one writer
 * lost. `cutover-statements`: those inside the freeze. `cutover-by-hand`: the writers' wait beside the checklist of the
 * first-hand accounts, replayed by a script.
 */
export async function cutoverBench({ runs = 15, signal, log }: BenchOptions): Promise<Measurement[]> {
  const servers = await openCutoverServers()
  try {
    const floors: Run<CutoverTimes>[] = []
    const ours: Run<OurTimes>[] = []
    const loads: number[] = []
    let ended = 0
    const paused = async (): Promise<Run<OurTimes>> => {
      try {
        return await measure(servers, prepareOurs)
      } catch (error) {
        if (!(error instanceof EndedBeforeCommit) || (ended += 1) > mostEnded) throw error
        log(`ours: ended before its commit point\n${error.message}`)
        return paused()
      }
    }
    const freezes = await alternate(
      runs,
      {
        ours: async () => {
          const run = await paused()
          ours.push(run)
          loads.push(loadavg()[0] ?? 0)
          log(told('ours', run))
          return run.times.freeze - run.times.drain
        },
        reference: async () => {
          const run = await measure(servers, prepareFloor)
          floors.push(run)
          log(told('floor', run))
          return run.times.freeze - run.times.drain
        },
      },
      signal,
    )
    // Those of the pair that does not count.
    floors.shift()
    ours.shift()
    const beside = (value: (run: Run<CutoverTimes>) => number): Pair[] =>
      ours.map((run, index) => {
        const floor = floors[index]
        if (floor === undefined) throw new Error('a run without its pair')
        return { ours: value(run), reference: value(floor) }
      })
    const byHand: number[] = []
    for (const phase of [10_000, 30_000, 50_000].slice(0, runs)) {
      signal.throwIfAborted()
      await servers.renew()
      const seconds = await replayByHand(servers, phase)
      log(`by hand: ${Math.round(seconds)} s`)
      byHand.push(seconds)
    }
    const sum = (seen: readonly Run<unknown>[]) => seen.reduce((all, run) => all + run.seen.inDoubt, 0)
    const note = `load of the machine ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}; ${ended} cutovers gave the source back and were made again`
    const oursWait = median(ours.map(({ seen }) => seen.gap)) / 1000
    return [
      { name: 'cutover', unit: 'ms', runs: freezes, target: { kind: 'at-most', ratio: 1.5 }, note },
      {
        name: 'cutover-switched',
        unit: 'ms',
        runs: beside(({ times }) => times.switched - times.drain),
        note,
      },
      { name: 'cutover-writers', unit: 'ms', runs: beside(({ seen }) => seen.gap), note },
      {
        name: 'cutover-failed',
        unit: 'transactions of one writer',
        runs: ours.map((run) => ({ ours: mostFailed(run), reference: 1 })),
        target: { kind: 'at-most', ratio: 1 },
        note: `most in any run: ${worst(ours.map(mostFailed))}; in doubt in all runs: ours ${sum(ours)}, the floor ${sum(floors)}`,
      },
      {
        name: 'cutover-statements',
        unit: 'statements',
        runs: ours.map(({ times }) => ({ ours: times.statements, reference: mostStatements })),
        target: { kind: 'at-most', ratio: 1 },
        note: `most in any run: ${worst(ours.map(({ times }) => times.statements))}`,
      },
      {
        name: 'cutover-by-hand',
        unit: 's',
        runs: byHand.map((reference) => ({ ours: oursWait, reference })),
        note: 'phases of the lag metric spread over its minute; no human time, no stop of a DMS task, no DNS',
      },
    ]
  } finally {
    await servers.close()
  }
}

/** Most transactions that one writer lost. */
function mostFailed({ seen }: Run<unknown>): number {
  return worst(Object.values(seen.failed))
}

function worst(values: readonly number[]): number {
  return Math.max(0, ...values)
}

async function measure<Times extends CutoverTimes>(
  servers: CutoverServers,
  prepare: (servers: CutoverServers) => Promise<ReadyMigration<Times>>,
): Promise<Run<Times>> {
  await servers.renew()
  const ready = await prepare(servers)
  try {
    const { result, seen } = await underWriters(servers, ready)
    return { times: result, seen }
  } finally {
    await ready.close()
  }
}

function told(name: string, { times, seen }: Run<CutoverTimes>): string {
  const phases = Object.entries(times.phases).map(([phase, ms]) => `${phase} ${Math.round(ms)}`)
  const failed = Object.values(seen.failed).reduce((sum, count) => sum + count, 0)
  return `${name}: freeze ${Math.round(times.freeze)} ms, of it drain ${Math.round(times.drain)}, switched ${Math.round(times.switched)}, writers waited ${Math.round(seen.gap)} (${phases.join(', ')}); ${failed} failed ${JSON.stringify(seen.codes)}, ${seen.inDoubt} in doubt`
}
