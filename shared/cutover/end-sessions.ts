import type { Session } from '../postgres/session.ts'
import { readSequences, type SequenceName, type SequenceState } from '../sequences/sequences.ts'
import { Script } from './script.ts'

/** Whose sessions stay. */
export interface KeptSessions {
  readonly pids: readonly number[]
  readonly users: readonly string[]
}

export interface Ended {
  readonly ended: number
  /** Superusers' sessions, which nobody else may end. */
  readonly beyond: readonly number[]
  readonly left: { readonly pid: number; readonly user: string | null } | null
}

/** Ends every session on the database that is left but ours and DMS's, and waits until they are gone. */
export async function endSessions(from: Session, keep: KeptSessions, timeoutMs: number): Promise<Ended> {
  const [row] = await endingScript(keep, timeoutMs)
    .add(`select current_setting('aurora_migration.ended') as ended`)
    .run<{ ended: string }>(from)
  return JSON.parse(row?.ended ?? '{}') as Ended
}

/** Sequences as they were read before the freeze, and what says whether that still holds but for their values. */
export interface KnownSequences {
  readonly states: readonly SequenceState[]
  /** Of each, in the same order. */
  readonly oids: readonly string[]
  /** As aurora_migration.sequences_state() gave it before they were read. */
  readonly state: string
}

/**
 * Before the freeze: reads the sequences, and does once, without ending anybody, what `endSessionsAndRead` will do, so that nothing
 * of it is compiled or loaded while writers wait. Undefined where one of them is not there or cannot be read.
 */
export async function knowSequences(
  from: Session,
  names: readonly SequenceName[],
): Promise<KnownSequences | undefined> {
  await from.query(`select aurora_migration.end_sessions('{}', '{}', 0, false)`)
  const [found] = await from.query<{ oids: string[]; state: string }>(
    `select wanted.oids::text[] as oids, aurora_migration.sequences_state(wanted.oids) as state
     from (select array(select to_regclass(format('%I.%I', t.schema, t.sequence))::oid
                        from rows from (json_to_recordset($1::json) as (schema name, sequence name)) with ordinality as t order by t.ordinality) as oids) as wanted`,
    [JSON.stringify(names.map(({ schema, sequence }) => ({ schema, sequence })))],
  )
  const states = await readSequences(from, names)
  if (found === undefined || states.length !== names.length) return undefined
  const byName = new Map(states.map((one) => [JSON.stringify([one.schema, one.sequence]), one]))
  const ordered = names.flatMap(
    ({ schema, sequence }) => byName.get(JSON.stringify([schema, sequence])) ?? [],
  )
  if (ordered.length !== names.length || ordered.some(({ lastValue }) => lastValue === null)) return undefined
  const [values] = await from.query<{ values: string | null }>(
    'select aurora_migration.sequences_now($1::oid[])::text as values',
    [found.oids],
  )
  return typeof values?.values === 'string' ? { states: ordered, ...found } : undefined
}

/**
 * Ends them, and then reads the sequences, which nobody can move any more, in the same round trip: only their values, where they
 * are otherwise still what is known of them; else all of them again.
 */
export async function endSessionsAndRead(
  from: Session,
  keep: KeptSessions,
  timeoutMs: number,
  sequences: { readonly names: readonly SequenceName[]; readonly known: KnownSequences | undefined },
): Promise<Ended & { readonly sequences: readonly SequenceState[] }> {
  const { names, known } = sequences
  if (known === undefined) {
    const ended = await endSessions(from, keep, timeoutMs)
    return { ...ended, sequences: await readSequences(from, names) }
  }
  const [row] = await endingScript(keep, timeoutMs)
    .bound(
      `select current_setting('aurora_migration.ended') as ended, aurora_migration.sequences_state($1::oid[]) as state, aurora_migration.sequences_now($1::oid[])::text as values`,
      [known.oids],
    )
    .run<{ ended: string; state: string; values: string | null }>(from)
  if (row === undefined) throw new Error('ending the sessions gave no row')
  const ended = JSON.parse(row.ended) as Ended
  const values = row.state === known.state && row.values !== null ? (JSON.parse(row.values) as Value[]) : []
  return {
    ...ended,
    sequences:
      values.length === names.length
        ? known.states.map((one, index) => withValue(one, values[index]))
        : await readSequences(from, names),
  }
}

/** [last value as text, whether it was given already]. */
type Value = readonly [string, boolean]

function withValue(state: SequenceState, value: Value | undefined): SequenceState {
  if (value === undefined) throw new Error('a sequence without its value')
  return { ...state, lastValue: value[0], called: value[1] }
}

function endingScript({ pids, users }: KeptSessions, timeoutMs: number): Script {
  return new Script().bound(
    `select set_config('aurora_migration.ended', aurora_migration.end_sessions($1::int[], $2::name[], $3::int)::text, false)`,
    [pids.map(String), users, String(Math.round(timeoutMs))],
  )
}
