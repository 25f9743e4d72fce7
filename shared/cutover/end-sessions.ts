import type { Session } from '../postgres/session.ts'
import { sequenceKey } from '../sequences/plan-sequences.ts'
import { readSequences, type SequenceName, type SequenceState } from '../sequences/sequences.ts'
import { Script } from './script.ts'

/** For so long old sessions are waited for after the commit point, ms. */
export const endSessionsMs = 20_000

/** Has a session plan what ends the others, so that it need not while writers wait. Ends nobody. */
export const planEnding = `select aurora_migration.end_sessions('{}', '{}', 0, false), aurora_migration.end_those('{}')`

/** The same for `awaitCommit`. */
export const planAwaiting = `select aurora_migration.await_commit('', 0, false)`

/** Whose sessions stay. */
export interface KeptSessions {
  readonly pids: readonly number[]
  readonly users: readonly string[]
}

export interface Ended {
  readonly ended: readonly number[]
  /** Superusers' sessions, which nobody else may end. */
  readonly beyond: readonly number[]
  readonly left: { readonly pid: number; readonly user: string | null } | null
}

/** Ends every session on the database that is left but ours and DMS's, and waits until they are gone. */
export async function endSessions(from: Session, keep: KeptSessions, timeoutMs: number): Promise<Ended> {
  const [row] = await addEnding(new Script(), keep, timeoutMs)
    .add(`select current_setting('aurora_migration.ended') as ended`)
    .run<{ ended: string }>(from)
  return JSON.parse(row?.ended ?? '{}') as Ended
}

/** Sequences as they were read before the freeze: of most only the value can be another one then. */
export interface KnownSequences {
  readonly states: readonly SequenceState[]
  /** Of each, in the same order, as the text of an array. */
  readonly oids: string
}

/**
 * Before the freeze: reads the sequences, and does once, without ending anybody, what `endSessionsAndRead` will do, so that nothing
 * of it is planned or loaded while writers wait. Undefined where one of them is not there or cannot be read.
 */
export async function knowSequences(
  from: Session,
  names: readonly SequenceName[],
): Promise<KnownSequences | undefined> {
  await from.query(planEnding)
  await from.query(planAwaiting)
  const [found] = await from.query<{ oids: string }>(
    `select array(select to_regclass(format('%I.%I', t.schema, t.sequence))::oid::text
                  from rows from (json_to_recordset($1::json) as (schema name, sequence name)) with ordinality as t order by t.ordinality)::text as oids`,
    [JSON.stringify(names.map(({ schema, sequence }) => ({ schema, sequence })))],
  )
  const states = await readSequences(from, names)
  if (found === undefined || states.length !== names.length) return undefined
  const byName = new Map(states.map((one) => [sequenceKey(one), one]))
  const ordered = names.flatMap(({ schema, sequence }) => byName.get(sequenceKey({ schema, sequence })) ?? [])
  if (ordered.length !== names.length || ordered.some(({ lastValue }) => lastValue === null)) return undefined
  const [values] = await from.query<{ values: string | null }>(
    'select aurora_migration.last_values($1::oid[])::text as values',
    [found.oids],
  )
  return typeof values?.values === 'string' ? { states: ordered, ...found } : undefined
}

/** Whose commit point it is. */
export interface AwaitedCommit {
  readonly migration: string
  readonly generation: bigint
}

/**
 * To be sent before the COMMIT, with what is to be done right after it. The server waits by itself, and refuses where the fence was not
 * committed.
 */
export function awaitCommit({ migration, generation }: AwaitedCommit, script = new Script()): Script {
  return script.bound('select aurora_migration.await_commit($1, $2::bigint)', [migration, generation])
}

/** Old sessions gone, and the last word of the sequences. */
export interface EndedAndRead extends Ended {
  readonly sequences: readonly SequenceState[]
}

/**
 * The same at the very moment of the commit point: to be sent before the COMMIT, for which the server waits by itself. Whoever
 * waited for the locks is ended when it wakes up, and no round trip lies between. Rejects, and nobody is ended, where the fence was not
 * committed. `keep` must hold the session that commits.
 */
export function endSessionsAtCommit(
  from: Session,
  run: AwaitedCommit,
  keep: KeptSessions,
  timeoutMs: number,
  sequences: SequencesToRead,
): Promise<EndedAndRead> {
  const script = new Script()
  // In the same transaction: whoever would alter one waits, and read again they need not be locked again.
  if (sequences.known !== undefined)
    script.bound('select aurora_migration.last_values($1::oid[]) is null', [sequences.known.oids])
  return runEnding(awaitCommit(run, script), from, keep, timeoutMs, sequences)
}

export interface SequencesToRead {
  readonly names: readonly SequenceName[]
  readonly known: KnownSequences | undefined
}

/**
 * Ends them, and then reads the sequences, which nobody can move any more, in the same round trip: only their values, where they
 * are otherwise still what is known of them; else all of them again.
 */
export async function endSessionsAndRead(
  from: Session,
  keep: KeptSessions,
  timeoutMs: number,
  sequences: SequencesToRead,
): Promise<EndedAndRead> {
  return runEnding(new Script(), from, keep, timeoutMs, sequences)
}

async function runEnding(
  script: Script,
  from: Session,
  keep: KeptSessions,
  timeoutMs: number,
  { names, known }: SequencesToRead,
): Promise<EndedAndRead> {
  addEnding(script, keep, timeoutMs)
  if (known === undefined) {
    const [row] = await script
      .add(`select current_setting('aurora_migration.ended') as ended`)
      .run<{ ended: string }>(from)
    return { ...(JSON.parse(row?.ended ?? '{}') as Ended), sequences: await readSequences(from, names) }
  }
  const [row] = await script
    .bound(
      `select current_setting('aurora_migration.ended') as ended, aurora_migration.last_values($1::oid[])::text as values`,
      [known.oids],
    )
    .run<{ ended: string; values: string | null }>(from)
  if (row === undefined) throw new Error('ending the sessions gave no row')
  const ended = JSON.parse(row.ended) as Ended
  const given = row.values === null ? [] : (JSON.parse(row.values) as (string | null)[])
  // One that was used and is not any more was set by hand, to a value that only the sequence itself tells.
  const isKnown =
    given.length === names.length &&
    known.states.every(({ called }, index) => !called || given[index] !== null)
  return {
    ...ended,
    sequences: isKnown
      ? known.states.map((one, index) => withValue(one, given[index] ?? null))
      : await readSequences(from, names),
  }
}

/** The very same object where nobody used it since: see finalValuesSince. */
function withValue(state: SequenceState, given: string | null): SequenceState {
  return given === null || (state.called && given === state.lastValue)
    ? state
    : { ...state, lastValue: given, called: true }
}

/**
 * Sequences that are others than they were taken for: one that never gave a value was set by hand (`setval(…, false)`), or one was
 * altered. `endSessionsAndRead` does not see that, since asking each of them costs more than all else of the freeze: to be asked
 * after it.
 */
export async function setSince(
  from: Session,
  taken: readonly SequenceState[],
): Promise<readonly SequenceState[]> {
  const now = await readSequences(from, taken)
  const before = new Map(taken.map((one) => [sequenceKey(one), saying(one)]))
  return now.filter((one) => saying(one) !== before.get(sequenceKey(one)))
}

/** Everything that the next values depend on. */
function saying({ lastValue, called, increment, min, max, cycle }: SequenceState): string {
  return JSON.stringify([lastValue, called, increment, min, max, cycle])
}

function addEnding(script: Script, { pids, users }: KeptSessions, timeoutMs: number): Script {
  return script.bound(
    `select set_config('aurora_migration.ended', aurora_migration.end_sessions($1::int[], $2::name[], $3::int)::text, false)`,
    [pids.map(String), users, String(Math.round(timeoutMs))],
  )
}
