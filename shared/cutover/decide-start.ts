import { opposite, sidesOf, type Direction } from '../migration/direction.ts'
import type { Decision } from './phase.ts'

/** What a run does with what it finds. `carriedBy`: the generation that made the tasks which carry rows now; undefined for the plan's own. */
export type Start =
  | {
      readonly kind: 'fresh'
      readonly seenGeneration: bigint
      readonly deadRun: Decision | undefined
      readonly carriedBy: bigint | undefined
    }
  /** Committed, the other database not open: only forward. */
  | { readonly kind: 'open'; readonly decision: Decision; readonly carriedBy: bigint | undefined }
  /** Open: switch (again) and watch. */
  | { readonly kind: 'switch'; readonly decision: Decision; readonly carriedBy: bigint | undefined }
  | Refusal

interface Refusal {
  readonly kind: 'refuse'
  readonly message: string
  readonly remedy: string
}

/**
 * What the two deciding rows allow, in one direction: `from` is the database that is left, `to` the one that is entered.
 * Pure. The row of `from` decides, that of `to` follows; what cannot be is refused with what to do, never guessed.
 */
export function decideStart(
  direction: Direction,
  from: Decision | undefined,
  to: Decision | undefined,
  planDigest: string,
): Start {
  const misplaced = judgePlaces(direction, from, to)
  if (misplaced !== undefined) return misplaced
  // For the compiler: judgePlaces refuses where this row is missing.
  if (to === undefined) throw new Error('the row of the entered database was judged to be there')
  const otherPlan = judgePlan(from, to, planDigest)
  if (otherPlan !== undefined) return otherPlan

  if (from === undefined || !from.ours) {
    if (to.phase === 'guarded')
      return {
        kind: 'fresh',
        seenGeneration: from?.generation ?? 0n,
        deadRun: undefined,
        carriedBy: undefined,
      }
    return refuse(
      'the target is open, but this source has no record of a cutover',
      'Check which server is the source. Nothing was touched.',
    )
  }
  switch (from.phase) {
    case 'paused':
    case 'fenced':
    case 'aborted':
      return startAgain(from, to)
    case 'opened':
      // Entered by a cutover in the other direction, which must be the very one that closed the other database.
      if (to.phase !== 'committed' || to.generation !== from.generation) return disagreement(from, to)
      return fresh(from, to)
    case 'committed':
      return goOn(from, to)
    case 'guarded':
      return refuse(
        'the target has never been opened: there is nothing to fall back from',
        'The source is the database, or a cutover past its commit point is unfinished: then run cutover again.',
      )
  }
}

/** Rows that are missing, copied from elsewhere, or in a phase that their database cannot be in. */
function judgePlaces(
  direction: Direction,
  from: Decision | undefined,
  to: Decision | undefined,
): Refusal | undefined {
  const sides = sidesOf(direction)
  if (direction === 'forward' && (to === undefined || !to.ours)) {
    return refuse(
      to === undefined
        ? 'the target has no guard row: it was not prepared'
        : 'the guard row on the target was written by another server (a clone or a restored copy)',
      'Run create-task (prepare: auto) or prepare-target on this target first.',
    )
  }
  // A copy of one database may stand where the other is expected, with the same system identifier.
  if ((to !== undefined && to.side !== sides.to) || (from !== undefined && from.side !== sides.from)) {
    return refuse(
      `the deciding rows are not where they belong: the ${sides.from}'s says ${from?.side ?? 'nothing'}, the ${sides.to}'s says ${to?.side ?? 'nothing'}`,
      'Check which servers source and target are (a copy of the source as target carries its journal).',
    )
  }
  if (direction === 'back' && (to === undefined || !to.ours || from === undefined || !from.ours)) {
    const where = from === undefined || !from.ours ? sides.from : sides.to
    return refuse(
      `there is nothing to fall back from: the ${where} has no record of a cutover, or one that another server wrote`,
      'Check which servers source and target are. Nothing was touched.',
    )
  }
  for (const row of [from, to]) {
    if (row?.ours === true && !possible(row)) {
      return refuse(
        `the deciding row of the ${row.side} says ${row.phase} in direction ${row.direction}, which cannot be`,
        'Somebody changed the control schema. Leave both databases as they are and look at aurora_migration.journal on both sides.',
      )
    }
  }
  return undefined
}

/** A database is left in one direction and entered in the other; only the target is ever guarded. */
function possible({ side, phase, direction }: Decision): boolean {
  const left: Direction = side === 'source' ? 'forward' : 'back'
  switch (phase) {
    case 'paused':
    case 'fenced':
    case 'aborted':
    case 'committed':
      return direction === left
    case 'opened':
      return direction === opposite(left)
    case 'guarded':
      return side === 'target' && direction === 'forward'
  }
}

/** From the first commit point on the tasks in both directions are those of one plan. */
function judgePlan(from: Decision | undefined, to: Decision, planDigest: string): Refusal | undefined {
  const bound = [from, to].find(
    (row) =>
      row?.ours === true &&
      (row.phase === 'committed' || row.phase === 'opened') &&
      row.planDigest !== planDigest,
  )
  if (bound === undefined) return undefined
  return refuse(
    `the cutover that passed its commit point belongs to plan ${bound.planDigest.slice(0, 12)}, not to ${planDigest.slice(0, 12)}`,
    `Run it again with plan-digest ${bound.planDigest}.`,
  )
}

/** After a run that ended before its commit point: its database is the one that is written to. */
function startAgain(from: Decision, to: Decision): Start {
  const closed = to.phase === 'guarded' || (to.phase === 'committed' && to.generation < from.generation)
  return closed ? fresh(from, to) : disagreement(from, to)
}

function fresh(from: Decision, to: Decision): Start {
  return {
    kind: 'fresh',
    seenGeneration: from.generation,
    deadRun: from.phase === 'paused' || from.phase === 'fenced' ? from : undefined,
    carriedBy: closedBy(to),
  }
}

/** Past the commit point: the other database is still closed, or open, or already tried to be left again. */
function goOn(from: Decision, to: Decision): Start {
  switch (to.phase) {
    case 'guarded':
      return { kind: 'open', decision: from, carriedBy: undefined }
    case 'committed':
      if (to.generation >= from.generation) return disagreement(from, to)
      return { kind: 'open', decision: from, carriedBy: closedBy(to) }
    case 'opened':
      if (to.generation !== from.generation) return disagreement(from, to)
      return { kind: 'switch', decision: from, carriedBy: carriedBefore(to) }
    case 'aborted':
      if (to.generation <= from.generation) return disagreement(from, to)
      return { kind: 'switch', decision: from, carriedBy: carriedBefore(to) }
    case 'paused':
    case 'fenced':
      return refuse(
        `the ${to.side} is being left again, or a run that did so died: its row says ${to.phase} in generation ${to.generation}`,
        'Leave it to that run, or run that action again first. Nothing was touched.',
      )
  }
}

/** Which generation's tasks carry into a closed database: a guarded one is entered by the plan's own. */
function closedBy(to: Decision): bigint | undefined {
  return to.phase === 'committed' ? to.generation : undefined
}

/** The same of one that is open: its opening wrote it down. */
function carriedBefore(to: Decision): bigint | undefined {
  const noted = to.detail.carriedBy
  return typeof noted === 'string' ? BigInt(noted) : undefined
}

function disagreement(from: Decision, to: Decision): Refusal {
  return refuse(
    `${from.side} and ${to.side} disagree: the ${from.side} says ${from.phase} in generation ${from.generation}, the ${to.side} ${to.phase} in ${to.generation}`,
    'Nothing was touched. Leave both closed and look at aurora_migration.journal on both sides.',
  )
}

function refuse(message: string, remedy: string): Refusal {
  return { kind: 'refuse', message, remedy }
}
