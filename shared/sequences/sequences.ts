import type { Session } from '../postgres/session.ts'
import { readSequencesStatement, setSequencesStatement } from './statements.ts'

export interface SequenceName {
  readonly schema: string
  readonly sequence: string
}

/** A sequence as it stands. Values are bigint as text: they pass 2^53. */
export interface SequenceState extends SequenceName {
  /** `smallint`, `integer` or `bigint`. */
  readonly type: string
  readonly increment: string
  readonly min: string
  readonly max: string
  readonly cycle: boolean
  /** Null where the login may not read it. */
  readonly lastValue: string | null
  /** False where the next value is `lastValue` itself. */
  readonly called: boolean
  /** May the login set it? */
  readonly settable: boolean
}

export interface SequenceValue extends SequenceName {
  readonly value: string
  readonly called: boolean
}

/**
 * Reads all named sequences in one statement, or every sequence of the application; those that are not there are missing
 * from the answer.
 */
export async function readSequences(
  session: Session,
  names: readonly SequenceName[] | 'all',
): Promise<SequenceState[]> {
  const rows = await session.query<SequenceState & { present: boolean; readable: boolean }>(
    readSequencesStatement,
    [names === 'all' ? null : JSON.stringify(names.map(({ schema, sequence }) => ({ schema, sequence })))],
  )
  return rows.filter((row) => row.present).map(({ present: _, readable: __, ...state }) => state)
}

/** Sets all given sequences in one statement; gives how many. */
export async function setSequences(session: Session, values: readonly SequenceValue[]): Promise<number> {
  if (values.length === 0) return 0
  const [row] = await session.query<{ set: number }>(setSequencesStatement, [JSON.stringify(values)])
  return row?.set ?? 0
}
