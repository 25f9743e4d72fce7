import { createHash } from 'node:crypto'
import {
  aftermaths,
  caseName,
  type Aftermath,
  type BlowKind,
  type ChaosCase,
  type Direction,
} from './chaos-case.ts'
import type { SentMessage, StrikePoint } from './runner-network.ts'
import type { Stage } from './stage.ts'

/** Both halves of every message that an undisturbed run sent. Pure. */
export function strikePoints(sent: readonly SentMessage[]): StrikePoint[] {
  const counts = new Map<string, number>()
  return sent.flatMap(({ place, text }) => {
    const key = `${place} ${text}`
    const occurrence = (counts.get(key) ?? 0) + 1
    counts.set(key, occurrence)
    return (['before', 'after'] as const).map((half) => ({ place, text, occurrence, half }))
  })
}

const short: readonly BlowKind[] = ['kill', 'stop', 'cut']
const long: readonly BlowKind[] = ['long-stop', 'long-cut']
/** One point in so many is also struck for long, with the aftermath beside it. */
const longShare = 10

/** Every case of a direction: each point, blow and aftermath. Pure. */
export function matrixOf(
  how: { readonly direction: Direction; readonly stage: Stage; readonly abort: boolean },
  points: readonly StrikePoint[],
): ChaosCase[] {
  const { direction, stage, abort } = how
  const offered: readonly Aftermath[] = aftermaths.filter((aftermath) => abort || aftermath !== 'abort')
  return points.flatMap((point) => {
    const of = (blow: BlowKind) => (aftermath: Aftermath) => ({ direction, stage, point, blow, aftermath })
    const every = short.flatMap((blow) => offered.map(of(blow)))
    const lasting = long.flatMap((blow) => offered.filter((each) => each !== 'nothing').map(of(blow)))
    const chosen = hashOf(`${point.place} ${point.half} ${point.occurrence} ${point.text}`) % longShare === 0
    return [...every, ...(chosen ? lasting : [])]
  })
}

/** Those of shard `index` (from 1) of `count`: by name, so that two recordings that differ by a message share the rest. Pure. */
export function shardOf(cases: readonly ChaosCase[], index: number, count: number): ChaosCase[] {
  return cases.filter((each) => hashOf(caseName(each)) % count === index - 1)
}

/** So many of them, always the same ones, spread over blows, aftermaths and the length of the run. Pure. */
export function sampleOf(cases: readonly ChaosCase[], count: number): ChaosCase[] {
  const groups = Map.groupBy(cases, ({ blow, aftermath }) => `${blow} ${aftermath}`)
  const chosen: ChaosCase[] = []
  for (let round = 0; chosen.length < Math.min(count, cases.length); round += 1)
    for (const [index, group] of [...groups.values()].entries()) {
      const place = Math.floor((((index * 0.382 + round * 0.618) % 1) + 1) * group.length) % group.length
      const found = group[place]
      if (found !== undefined && !chosen.includes(found) && chosen.length < count) chosen.push(found)
    }
  return chosen
}

function hashOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0)
}
