import { isApplicationWriter, type LedgerLine } from '../workload/ledger.ts'
import type { Recording } from './recording.ts'
import type { Rehearsal } from './rehearse.ts'

/** A value at a time; times are milliseconds since `beganAt`, values in the unit that the list's comment names. */
export type Point = readonly [ms: number, value: number]

/** A stretch of time, milliseconds since `beganAt`. */
export interface Stretch {
  readonly name: string
  readonly from: number
  readonly to: number
}

/** Writes that the application was told are safe, counted in stretches of equal length. */
export interface Writes {
  /** Length of one stretch in milliseconds. */
  readonly everyMs: number
  /** Acknowledged by the source and by the target, at the beginning of each stretch. */
  readonly source: readonly Point[]
  readonly target: readonly Point[]
}

/** A rehearsal over time. */
export interface Activity {
  /** The first write or look, milliseconds since the epoch. */
  readonly beganAt: number
  readonly ms: number
  /** Writes per second over the whole rehearsal. */
  readonly writes: Writes
  /** Writes around the freeze, in short stretches; undefined where nothing froze. */
  readonly around: Writes | undefined
  /** Bytes of WAL that the target had not confirmed. */
  readonly lag: readonly Point[]
  /** Rows that the full load had brought, and tables in per cent of the total. */
  readonly loadedRows: readonly Point[]
  readonly loadedTables: readonly Point[]
  readonly freeze: Stretch | undefined
  readonly phases: readonly Stretch[]
  readonly jobs: readonly Stretch[]
}

const everyMs = 500
/** Around the freeze: a hundred stretches or so, none so short that it holds no write at all. */
const leastEveryMs = 20
const aroundMs = 1500

/** Brings ledger, recording and the cutover's phases onto one axis of time. Pure. */
export function activityOf(
  lines: readonly LedgerLine[],
  recording: Recording,
  rehearsal: Pick<Rehearsal, 'run' | 'cutover' | 'sourcePort'>,
): Activity {
  const jobs = Object.values(rehearsal.run.jobs)
    .filter((job) => job.result !== 'skipped')
    .map(({ id, startedAt, ms }) => ({ id, from: Date.parse(startedAt), ms }))
  const first = [...jobs.map(({ from }) => from), ...lines.map(({ at }) => at)]
  const beganAt = Math.floor(first.reduce((least, at) => Math.min(least, at), first[0] ?? 0))
  const ends = [...jobs.map(({ from, ms }) => from + ms), ...lines.map(({ at }) => at)]
  const ms = Math.ceil(ends.reduce((most, at) => Math.max(most, at), beganAt) - beganAt)
  const answers = { source: [] as number[], target: [] as number[] }
  for (const line of lines) {
    if (line.kind !== 'acknowledged' || !isApplicationWriter(line.writer)) continue
    const side = line.server.endsWith(`:${rehearsal.sourcePort}`) ? 'source' : 'target'
    answers[side].push(line.at - beganAt)
  }
  const phases = (rehearsal.cutover?.phases ?? []).map((phase) => {
    const from = Date.parse(phase.startedAt) - beganAt
    return { name: phase.name, from, to: from + phase.ms }
  })
  const freeze = freezeOf(phases, rehearsal.cutover?.freezeMs ?? null)
  return {
    beganAt,
    ms,
    writes: counted(answers, 0, ms, everyMs, 1000 / everyMs),
    around: freeze === undefined ? undefined : countedAround(answers, freeze),
    lag: recording.lag.map(({ at, bytes }) => [at - beganAt, bytes]),
    loadedRows: recording.load.map(({ at, rows }) => [at - beganAt, rows]),
    loadedTables: recording.load.map(({ at, loaded, total }) => [
      at - beganAt,
      total === 0 ? 0 : Math.round((loaded / total) * 1000) / 10,
    ]),
    freeze,
    phases,
    jobs: jobs.map(({ id, from, ms: took }) => ({
      name: id,
      from: from - beganAt,
      to: from - beganAt + took,
    })),
  }
}

/** The freeze ends with the phase that opens the target; the cutover measured how long it was. */
function freezeOf(phases: readonly Stretch[], ms: number | null): Stretch | undefined {
  const open = phases.find(({ name }) => name === 'open')
  return open === undefined || ms === null ? undefined : { name: 'freeze', from: open.to - ms, to: open.to }
}

function countedAround(
  answers: Readonly<Record<'source' | 'target', readonly number[]>>,
  freeze: Stretch,
): Writes {
  const from = freeze.from - aroundMs
  const to = freeze.to + aroundMs
  return counted(answers, from, to, Math.max(leastEveryMs, Math.round((to - from) / 100)), 1)
}

/** Counts answers in stretches of `every` ms between `from` and `to`; each count is multiplied by `factor`. */
function counted(
  answers: Readonly<Record<'source' | 'target', readonly number[]>>,
  from: number,
  to: number,
  every: number,
  factor: number,
): Writes {
  const stretches = Math.max(1, Math.ceil((to - from) / every))
  const points = (instants: readonly number[]): Point[] => {
    const counts = Array.from<number>({ length: stretches }).fill(0)
    for (const at of instants) {
      const place = Math.floor((at - from) / every)
      const count = counts[place]
      if (count !== undefined) counts[place] = count + 1
    }
    return counts.map((count, index) => [from + index * every, count * factor])
  }
  return { everyMs: every, source: points(answers.source), target: points(answers.target) }
}
