import type { StrikePoint } from './runner-network.ts'
import type { Stage } from './stage.ts'

export const blows = ['kill', 'stop', 'cut', 'long-stop', 'long-cut'] as const
/** SIGKILL; SIGSTOP, and SIGCONT later; no byte either way, and all of it delivered later. The long ones have the aftermath beside them. */
export type BlowKind = (typeof blows)[number]

export const aftermaths = ['re-run', 'abort', 'nothing'] as const
export type Aftermath = (typeof aftermaths)[number]

export type Direction = 'forward' | 'back'

/** One cell of the matrix. */
export interface ChaosCase {
  readonly direction: Direction
  readonly stage: Stage
  readonly point: StrikePoint
  readonly blow: BlowKind
  readonly aftermath: Aftermath
}

/** What came of it; a line of the results file. */
export interface CaseResult {
  readonly case: string
  /** The bundles that it was run on, by their digest. */
  readonly code: string
  readonly direction: Direction
  readonly blow: BlowKind
  readonly aftermath: Aftermath
  /** Phases of the rows, from and to, when it was struck. */
  readonly struckIn: string
  readonly endedIn: string
  readonly ms: number
  /** After the blow the first began writing again within this time with nobody's help; undefined past the commit point. */
  readonly backMs?: number
  readonly acknowledged: number
  readonly inDoubt: number
  readonly lost: number
  readonly duplicate: number
  readonly splitBrain: number
  /** Everything that is wrong; nothing where the case is clean. */
  readonly faults: readonly string[]
}

/** The same in every run, so that a results file can be gone on with. */
export function caseName({ direction, point, blow, aftermath }: ChaosCase): string {
  return `${direction} | ${blow} | ${aftermath} | ${point.half} | ${point.place} | ${point.occurrence} | ${point.text}`
}
