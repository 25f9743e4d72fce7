import { eachSide } from '../each-side.ts'
import type { Check, Finding } from '../finding.ts'
import { quoted } from '../../migration/identifier.ts'
import type { DmsRights } from '../facts.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown, sqlName, statements } from '../naming.ts'

/** What DMS's users need on tables and schemas (DMS User Guide, PostgreSQL source and target). */
export const dmsRights: Check = {
  code: 'dms-rights',
  title: 'DMS’s users may read the source’s tables and write the target’s',
  judge: (facts) =>
    eachSide((side) =>
      lacking(
        side,
        side === 'source' ? facts.users.dmsSource : facts.users.dmsTarget,
        knownFact(facts[side].dmsRights),
      ),
    ),
}

function lacking(side: 'source' | 'target', user: string, rights: DmsRights): Finding[] {
  const found: Finding[] = []
  if (rights.tables.length > 0) {
    found.push({
      severity: 'blocker',
      message: `${user} lacks rights on ${counted(rights.tables.length, 'table')} of the ${side}`,
      objects: rights.tables.map((table) => `${shown(table)} (${spoken(table).join(', ')})`),
      why:
        side === 'source'
          ? 'A table that DMS cannot read wholly is left out or arrives with wrong types.'
          : 'DMS loads, applies and re-loads with these rights.',
      remedy: statements(
        rights.tables.map(
          (table) => `GRANT ${spoken(table, quoted).join(', ')} ON ${sqlName(table)} TO ${quoted(user)};`,
        ),
      ),
    })
  }
  if (rights.schemas.length > 0) {
    found.push({
      severity: 'blocker',
      message: `${user} may not use ${counted(rights.schemas.length, 'schema')} of the ${side}`,
      objects: rights.schemas.map(({ schema }) => schema),
      why: 'Without USAGE no table of the schema can be reached.',
      remedy: statements(
        rights.schemas.map(
          ({ schema, missing }) =>
            `GRANT ${missing.join(', ')} ON SCHEMA ${quoted(schema)} TO ${quoted(user)};`,
        ),
      ),
    })
  }
  return found
}

/** `SELECT (name, email)` where only these columns cannot be read. */
function spoken(
  { missing, columns = [] }: DmsRights['tables'][number],
  written: (column: string) => string = (column) => column,
): string[] {
  return missing.map((privilege) =>
    privilege === 'SELECT' && columns.length > 0
      ? `SELECT (${columns.map((column) => written(column)).join(', ')})`
      : privilege,
  )
}
