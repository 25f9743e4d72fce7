/** A cutover moves writing from one database to the other: `forward` from the source to the target, `back` the other way. */
export type Direction = 'forward' | 'back'

/** The two databases of a plan. They keep these names whichever is written to. */
export type DatabaseName = 'source' | 'target'

/** Which database of the plan is left, and which is entered. */
export interface Sides {
  readonly from: DatabaseName
  readonly to: DatabaseName
}

export function sidesOf(direction: Direction): Sides {
  return direction === 'forward' ? { from: 'source', to: 'target' } : { from: 'target', to: 'source' }
}

export function opposite(direction: Direction): Direction {
  return direction === 'forward' ? 'back' : 'forward'
}
