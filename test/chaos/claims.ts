import type { Truth } from './truth.ts'
import type { Direction } from './chaos-case.ts'
import type { RunEnd } from './action-runs.ts'

/** Which side is left and which is gone to. */
export const sidesOf = {
  forward: { from: 'source', to: 'target' },
  back: { from: 'target', to: 'source' },
} as const

/** Whether the commit point is passed and whether the other side is open, by the deciding rows. Pure. */
export function stateOf(
  phases: { readonly source: { readonly phase: string }; readonly target: { readonly phase: string } },
  direction: Direction,
): { readonly committed: boolean; readonly opened: boolean } {
  const { from, to } = sidesOf[direction]
  return { committed: phases[from].phase === 'committed', opened: phases[to].phase === 'opened' }
}

/** Phases of the row of the side that is left and of the other one, as results name them. Pure. */
export function phaseNames(
  phases: { readonly source: { readonly phase: string }; readonly target: { readonly phase: string } },
  direction: Direction,
): string {
  const { from, to } = sidesOf[direction]
  return `${phases[from].phase}/${phases[to].phase}`
}

/** What is wrong with the two databases themselves, whatever happened before. Pure. */
export function contradictions(truth: Truth, direction: Direction): string[] {
  const { from, to } = sidesOf[direction]
  const { committed, opened } = stateOf(truth, direction)
  const faults: string[] = []
  const open = (side: 'source' | 'target') => truth[side].writable.length > 0
  if (open('source') && open('target')) faults.push('both databases let applications write')
  if (committed && open(from))
    faults.push(`the ${from} is past its commit point and lets ${truth[from].writable.join(', ')} write`)
  if (!committed && truth[from].writable.length < 2)
    faults.push(`no commit point was passed, and the ${from} is closed`)
  if (opened && !committed) faults.push(`the ${to} is opened, and the ${from} is not committed`)
  if (opened && truth[from].generation !== truth[to].generation)
    faults.push('the two rows name different generations')
  if (opened && truth[to].writable.length < 2)
    faults.push(`the row of the ${to} says opened, and it is closed`)
  if (!opened && open(to)) faults.push(`the ${to} is open before its row says so`)
  return faults
}

/** What the last run said and what is not so. `truth` is of the time after it. Pure. */
export function falseClaims(
  { exitCode, outputs, log, summary }: RunEnd,
  truth: Truth,
  direction: Direction,
): string[] {
  const { from, to } = sidesOf[direction]
  const { committed, opened } = stateOf(truth, direction)
  const said = `${log}\n${summary}`
  const faults: string[] = []
  const claim = (words: RegExp, holds: boolean) => {
    const [found] = words.exec(said) ?? []
    if (found !== undefined && !holds) faults.push(`it says "${found}", which is not so`)
  }
  if (exitCode === 0 && outputs['state'] === 'opened' && !opened)
    faults.push('it ended well with state opened, and nothing is open')
  claim(/commit point passed/u, committed)
  claim(new RegExp(`the ${to} is open(?!ed)\\b`, 'u'), opened)
  claim(new RegExp(`the ${from} is as it was`, 'iu'), truth[from].writable.length > 0)
  claim(new RegExp(`the ${from} stays closed`, 'iu'), truth[from].writable.length === 0)
  return faults
}
