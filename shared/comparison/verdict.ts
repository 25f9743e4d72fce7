/** What one look saw of a suspect on one side; undefined where nothing is there. */
export interface Sight {
  /** The row's hash, or how many rows there are of this content. */
  readonly content: string
  /** Changes whenever the row is written, even with what was there before: place and writing transaction. */
  readonly version: string
}

/**
 * Four looks in this order: the target, the source; then a marker written after both arrives on the target; then the
 * target again, the source again.
 */
export interface Looks {
  readonly targetBefore: Sight | undefined
  readonly sourceBefore: Sight | undefined
  readonly targetAfter: Sight | undefined
  readonly sourceAfter: Sight | undefined
}

export type Verdict = 'equal' | 'missing' | 'surplus' | 'changed' | 'moving'

/**
 * What four looks prove. The target goes through the source's states one after another and has, at its second look, passed the
 * one of the source's first look. A row version that the source had throughout must therefore be there, and one that the
 * target had throughout must have been the source's. Whatever either side wrote in between proves nothing (`moving`):
 * versions tell it even where a value came back. Pure.
 */
export function judge({ targetBefore, sourceBefore, targetAfter, sourceAfter }: Looks): Verdict {
  if (sourceBefore?.version !== sourceAfter?.version) return 'moving'
  if (sourceAfter?.content === targetAfter?.content) return 'equal'
  if (targetAfter !== undefined && targetBefore?.version !== targetAfter.version) return 'moving'
  if (targetAfter === undefined) return 'missing'
  return sourceAfter === undefined ? 'surplus' : 'changed'
}

/** The verdict for rows without a key, whose contents are counted: more or fewer than on the source. */
export function judgeCounts(looks: Looks): Verdict {
  const verdict = judge(looks)
  if (verdict !== 'changed') return verdict
  return BigInt(looks.targetAfter?.content ?? 0) < BigInt(looks.sourceAfter?.content ?? 0)
    ? 'missing'
    : 'surplus'
}

/** What becomes of a suspect. A difference must be seen twice in a row: batch apply needs two markers to be through. */
export function nextStep(
  verdict: Verdict,
  before: { readonly looks: number; readonly confirmed: Verdict | undefined },
  maxLooks: number,
): 'settled' | 'different' | 'look-again' | 'give-up' {
  if (verdict === 'equal') return 'settled'
  if (verdict !== 'moving' && before.confirmed === verdict) return 'different'
  return before.looks + 1 >= maxLooks ? 'give-up' : 'look-again'
}

/** Milliseconds until the next look at a row that changed under the last one: a little, then more. */
export function pauseBeforeLook(looks: number): number {
  return Math.min(8000, 100 * 2 ** looks)
}
