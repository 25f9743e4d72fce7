import { changesAws } from './call-proxy.ts'
import { mayWrite } from './writing-statement.ts'

/** What is counted: statements of either side and calls of AWS, those that change something and those that only read. */
export const kinds = {
  source: { proxy: 'source', counts: mayWrite },
  target: { proxy: 'target', counts: mayWrite },
  aws: { proxy: 'aws', counts: changesAws },
  'source-reads': { proxy: 'source', counts: (text: string) => !mayWrite(text) },
  'target-reads': { proxy: 'target', counts: (text: string) => !mayWrite(text) },
  'aws-reads': { proxy: 'aws', counts: (text: string) => !changesAws(text) },
} as const

export type Kind = keyof typeof kinds

/** Where a run is killed. */
export interface Point {
  readonly kind: Kind
  /** From 1. */
  readonly at: number
  readonly half: 'before' | 'after'
}

/** What an undisturbed run sent, by kind, in order. */
export type Sent = Readonly<Record<Kind, readonly string[]>>

/**
 * Points of a run. `all`: after every message that may change something; before the first and then every third one, since
 * what stands before one stands after the one before it, unless several sessions work at once; reads here and there.
 * Otherwise `most` of them, drawn by `seed`: first and last of each kind that changes something, then any others.
 */
export function pointsOf(sent: Sent, how: 'all' | { readonly most: number; readonly seed: number }): Point[] {
  const counts = Object.entries(sent).map(([kind, texts]) => ({ kind: kind as Kind, count: texts.length }))
  if (how === 'all') return counts.flatMap(({ kind, count }) => allOf(kind, count))
  const ends = counts
    .filter(({ kind, count }) => count > 0 && !kind.endsWith('reads'))
    .flatMap(({ kind, count }): Point[] => [
      { kind, at: 1, half: 'before' },
      { kind, at: count, half: 'after' },
    ])
  const others = counts
    .flatMap(({ kind, count }) => allOf(kind, count))
    .filter((point) => !ends.some((end) => end.kind === point.kind && end.at === point.at))
  const random = randomOf(how.seed)
  const draw = (from: Point[]) => from.splice(Math.floor(random() * from.length), 1)
  while (ends.length > how.most) draw(ends)
  while (ends.length < how.most && others.length > 0) ends.push(...draw(others))
  return ends
}

function allOf(kind: Kind, count: number): Point[] {
  const places = Array.from({ length: count }, (_, index) => index + 1)
  if (kind.endsWith('reads'))
    return places.filter((at) => at % 6 === 1).map((at) => ({ kind, at, half: 'before' }))
  return places.flatMap((at): Point[] => [
    ...(at % 3 === 1 ? [{ kind, at, half: 'before' } as const] : []),
    { kind, at, half: 'after' },
  ])
}

/** Numbers from 0 to 1, the same for the same seed (Park and Miller's generator). */
function randomOf(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
