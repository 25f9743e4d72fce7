import type { Problem } from '../runtime/errors.ts'

/** What the user says has become of the migration. */
export type When = 'finished' | 'abandoned'

/** What a side's control schema says of the migration. */
export interface SideRow {
  /** Which database of the plan the row was written for. */
  readonly side: string
  readonly phase: string
  /** False where the row was written by another server: a clone carries its source's journal. */
  readonly ours: boolean
}

export interface SideSaid {
  /** Undefined without a row, and where the server is gone. */
  readonly row: SideRow | undefined
  /** How a former cleanup ended that was the last to write to this journal. */
  readonly cleaned: When | undefined
}

export interface Wish {
  readonly when: When
  readonly giveUpWayBack: boolean
  /** A side whose server was deleted before. */
  readonly gone: 'source' | 'target' | undefined
}

/** Where the migration ended. */
export interface Stage {
  /** The database that applications write to. */
  readonly live: 'source' | 'target'
  /** The one that a cutover or a fall-back has closed for good: its fence stays. */
  readonly fenced: 'source' | 'target' | undefined
  /** The target was never opened, and its guard keeps everybody out. */
  readonly guarded: boolean
}

type State = 'open' | 'fenced' | 'guarded' | 'untouched' | 'moving' | 'unknown'

const states: Readonly<Record<'source' | 'target', Readonly<Record<string, State>>>> = {
  source: { aborted: 'open', opened: 'open', committed: 'fenced', paused: 'moving', fenced: 'moving' },
  target: {
    guarded: 'guarded',
    aborted: 'open',
    opened: 'open',
    committed: 'fenced',
    paused: 'moving',
    fenced: 'moving',
  },
}

function stateOf(side: 'source' | 'target', row: SideRow | undefined): State {
  if (row === undefined) return side === 'source' ? 'open' : 'untouched'
  return states[side][row.phase] ?? 'unknown'
}

/**
 * Where the migration stands by both deciding rows, or why nothing may be removed. Exactly one database must be open, and it
 * must be the one that `when` names: `finished` is for a target that lives, `abandoned` for a source that does. Pure.
 */
export function judgeStage(
  said: { readonly source: SideSaid; readonly target: SideSaid },
  wish: Wish,
): { readonly stage: Stage } | { readonly problem: Problem } {
  const foreign = (['source', 'target'] as const).find((side) => {
    const { row } = said[side]
    return row !== undefined && (!row.ours || row.side !== side)
  })
  if (foreign !== undefined)
    return refusal(
      foreign,
      `the ${foreign}'s control schema was written by another server: this is a clone, a restored copy, or the wrong address`,
      'Correct the address of that side in the migration file or its secret. Nothing was touched.',
    )
  const source = wish.gone === 'source' ? 'fenced' : stateOf('source', said.source.row)
  const target = wish.gone === 'target' ? 'untouched' : stateOf('target', said.target.row)
  if (source === 'unknown' || target === 'unknown')
    return refusal(
      'decision',
      `the deciding rows say ${phaseOf(said.source)} (source) and ${phaseOf(said.target)} (target), which this version does not know`,
      'Use the version of cleanup that belongs to the cutover.',
    )
  if (source === 'moving' || target === 'moving')
    return refusal(
      'decision',
      'a cutover or fall-back is under way, or its run has died and nothing has tidied up after it',
      'Let it end, or run its abort job (or the cutover again); then run cleanup.',
    )
  // Nothing is left of a target's row where a former cleanup removed it on request; the source remembers.
  const forgotten =
    source === 'fenced' &&
    target === 'untouched' &&
    said.source.cleaned === 'finished' &&
    wish.gone !== 'target'
  if (target === 'open' && source === 'open')
    return refusal(
      'decision',
      said.source.row === undefined
        ? 'the target is open, but this source has no record of a cutover'
        : 'both databases say that they are open',
      'See which servers these are. Where the source was deleted already, say so: `gone: source`.',
    )
  if (target !== 'open' && source !== 'open' && !forgotten)
    return refusal(
      'decision',
      'nobody can write: the commit point was passed, and no database is open',
      'Run the cutover (or fall-back) job again at once: it goes on from there. cleanup comes after it.',
    )
  const live = source === 'open' ? 'source' : 'target'
  const expected = wish.when === 'finished' ? 'target' : 'source'
  if (live !== expected)
    return refusal(
      'when',
      wish.when === 'finished'
        ? 'the source is the database that applications write to: no cutover was made, or it was fallen back from'
        : 'the target is the database that applications write to: the cutover was made',
      wish.when === 'finished'
        ? 'Cut over first; or give the migration up: `when: abandoned`.'
        : 'To end the migration there: `when: finished` with `give-up-way-back: true`. To return first: fall-back.',
    )
  const fenced =
    source === 'fenced' && wish.gone !== 'source' ? 'source' : target === 'fenced' ? 'target' : undefined
  if (!wish.giveUpWayBack && (wish.when === 'finished' || fenced !== undefined))
    return refusal(
      'give-up-way-back',
      `after cleanup no fall-back leads to the ${live === 'target' ? 'source' : 'target'} any more: what the other database needs to be used again is removed`,
      'Where that is meant: `give-up-way-back: true`.',
    )
  return { stage: { live, fenced, guarded: target === 'guarded' } }
}

function phaseOf({ row }: SideSaid): string {
  return row?.phase ?? 'nothing'
}

function refusal(field: string, message: string, remedy: string): { readonly problem: Problem } {
  return { problem: { field, message, remedy } }
}
