import { readFileSync } from 'node:fs'
import { qualified, quoted } from '../migration/identifier.ts'
import { dividesByEnds, type KeyValues, type RangeKey } from '../migration/load-ranges.ts'
import type { Session } from './session.ts'

// One literal line for each file: the bundler copies what it finds in this form, and only in this form.
const readKeyHistograms = readFileSync(new URL('./sql/read-key-histograms.sql', import.meta.url), 'utf8')

/**
 * What PostgreSQL knows of the values of some keys, without reading their tables: one statement for all histograms, and
 * for each whole-number key without one another that takes both ends from its index.
 */
export async function readKeyValues(session: Session, keys: readonly RangeKey[]): Promise<KeyValues[]> {
  if (keys.length === 0) return []
  const histograms = await session.query<{ schema: string; table: string; histogram: string[] }>(
    readKeyHistograms,
    [keys.map(({ schema }) => schema), keys.map(({ table }) => table), keys.map(({ column }) => column)],
  )
  const known = new Map(histograms.map((row) => [JSON.stringify([row.schema, row.table]), row.histogram]))
  const values: KeyValues[] = []
  for (const key of keys) {
    const { schema, table } = key
    const histogram = known.get(JSON.stringify([schema, table])) ?? null
    const ends = histogram === null && dividesByEnds(key) ? await readEnds(session, key) : null
    values.push({ schema, table, histogram, ends })
  }
  return values
}

async function readEnds(
  session: Session,
  { schema, table, column }: RangeKey,
): Promise<[string, string] | null> {
  const [row] = await session.query<{ least: string | null; most: string | null }>(
    `select min(${quoted(column)})::text as least, max(${quoted(column)})::text as most from only ${qualified(schema, table)}`,
  )
  if (row === undefined || row.least === null || row.most === null) return null
  return [row.least, row.most]
}
