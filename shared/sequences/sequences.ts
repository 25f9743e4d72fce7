import { listSequencesStatement, readSequencesStatement, setSequencesStatement } from './statements.ts'
import type { Session } from '../postgres/session.ts'

export interface SequenceName {
  readonly schema: string
  readonly sequence: string
}

/** A sequence as it stands. Values are bigint as text: they pass 2^53. */
export interface SequenceState extends SequenceName {
  readonly increment: string
  readonly min: string
  readonly max: string
  readonly cycle: boolean
  readonly lastValue: string
  /** False where the next value is `lastValue` itself. */
  readonly called: boolean
}

export interface SequenceValue extends SequenceName {
  readonly value: string
  readonly called: boolean
}

/** Reads all named sequences in one statement; those that are not there are missing from the answer. */
export async function readSequences(
  session: Session,
  names: readonly SequenceName[],
): Promise<SequenceState[]> {
  const rows = await session.query<SequenceState & { present: boolean }>(readSequencesStatement, [
    JSON.stringify(names.map(({ schema, sequence }) => ({ schema, sequence }))),
  ])
  return rows.filter((row) => row.present).map(({ present: _, ...state }) => state)
}

/** Sets all given sequences in one statement; gives how many. */
export async function setSequences(session: Session, values: readonly SequenceValue[]): Promise<number> {
  if (values.length === 0) return 0
  const [row] = await session.query<{ set: number }>(setSequencesStatement, [JSON.stringify(values)])
  return row?.set ?? 0
}

/** Names of all sequences of the application in this database. */
export async function listSequences(session: Session): Promise<SequenceName[]> {
  return session.query<SequenceName>(listSequencesStatement)
}
