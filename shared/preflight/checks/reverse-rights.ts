import { eachSide } from '../each-side.ts'
import type { DmsRights, PreflightFacts } from '../facts.ts'
import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import { isPrepared } from '../is-prepared.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'

/** What DMS needs where it writes after a cutover (the source) and where it reads then (the target). */
export const reverseRights: Check = {
  code: 'reverse-rights',
  title: 'DMS’s users of the way back may write the source’s tables and read the target’s',
  judge: (facts) => {
    if (!facts.migration.cutover['fall-back']) return []
    return eachSide((side) => {
      const reverse = knownFact(facts[side].reverse)
      if (reverse === undefined) return []
      const { user, rights } = reverse
      return [
        ...connecting(facts, side, user, rights),
        ...(givenLater(facts, side) ? [] : lacking(side, user, rights)),
      ]
    })
  },
}

/** Once the guard is up nobody connects to the target; the cutover's check lets this user through. */
function connecting(
  facts: PreflightFacts,
  side: 'source' | 'target',
  user: string,
  { mayConnect }: DmsRights,
): Finding[] {
  if (mayConnect || (side === 'target' && isPrepared(facts))) return []
  return [
    {
      severity: 'blocker',
      message: `${user} may not connect to the ${side}`,
      objects: [user],
      why: 'The connection test of its endpoint fails in the cutover’s check.',
      remedy: `GRANT CONNECT ON DATABASE ${quoted(knownFact(facts[side].server).database)} TO ${quoted(user)};`,
    },
  ]
}

/** On tables that the migration itself makes, or that come with a copy, the cutover gives reading. */
function givenLater({ migration }: PreflightFacts, side: 'source' | 'target'): boolean {
  return side === 'target' && (migration.schema !== 'existing' || migration.load.by !== 'dms')
}

function lacking(side: 'source' | 'target', user: string, rights: DmsRights): Finding[] {
  const what = side === 'source' ? 'write' : 'read'
  const found: Finding[] = []
  if (rights.tables.length > 0)
    found.push({
      severity: 'blocker',
      message: `${user} lacks rights on ${counted(rights.tables.length, 'table')} of the ${side}`,
      objects: rights.tables.map((table) => `${shown(table)} (${table.missing.join(', ')})`),
      why: `A table that DMS cannot ${what} is not carried back, and falling back would lose its rows.`,
      remedy: statements(
        rights.tables.map(
          (table) =>
            `GRANT ${table.missing.join(', ')} ON ${sqlName(table)} TO ${quoted(user)}; -- on the ${side}`,
        ),
      ),
    })
  if (rights.schemas.length > 0)
    found.push({
      severity: 'blocker',
      message: `${user} may not use ${counted(rights.schemas.length, 'schema')} of the ${side}`,
      objects: rights.schemas.map(({ schema }) => schema),
      why: 'Without USAGE no table of the schema can be reached.',
      remedy: statements(
        rights.schemas.map(
          ({ schema, missing }) =>
            `GRANT ${missing.join(', ')} ON SCHEMA ${quoted(schema)} TO ${quoted(user)}; -- on the ${side}`,
        ),
      ),
    })
  return found
}
