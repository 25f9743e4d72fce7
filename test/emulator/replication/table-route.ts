import { escapeIdentifier } from 'pg'
import { lobClass, tableKey, type Column, type Table } from './catalogue.ts'
import type { SelectedTable } from './mapping.ts'
import type { TaskSettings } from './task-settings.ts'
import type { Quirk } from './quirks.ts'
import { conversionFor, type Conversion } from './value-conversion.ts'

/** One column on its way from source to target. */
export interface RouteColumn {
  readonly source: Column
  readonly target: string
  /** quoted */
  readonly targetSql: string
  /** the target's type without modifier; the source's where the target has no such column */
  readonly castType: string
  readonly convert: Conversion
  readonly isKey: boolean
  /** the target has an equality operator for it */
  readonly comparable: boolean
}

/** A selected table with all that full load, apply and validation need to know of it. */
export interface TableRoute {
  /** `"schema"."table"` of the source */
  readonly key: string
  readonly selected: SelectedTable
  /** quoted, qualified */
  readonly sourceSql: string
  /** quoted, qualified */
  readonly targetSql: string
  readonly columns: readonly RouteColumn[]
  readonly byName: ReadonlyMap<string, RouteColumn>
  /** names on the source; empty without a key */
  readonly keyColumns: readonly string[]
  /** the stream carries the old row of updates and deletes */
  readonly hasIdentity: boolean
  readonly overridesIdentity: boolean
  /** KB; null: whole */
  readonly lobLimit: number | null
  readonly lobMode: 'limited' | 'full' | 'none'
}

export interface RoutePolicy {
  readonly settings: TaskSettings
  readonly quirks: Readonly<Record<Quirk, boolean>>
  readonly trimSpaceInChar: boolean
  readonly numericAsString: boolean
  onTruncation(route: string, column: string): void
}

const WITHOUT_EQUALITY = new Set(['json', 'xml', 'point', 'polygon', 'path', 'line', 'lseg', 'box', 'circle'])

/** Works out a table's route; `target` is the table found there, null where there is none (yet). */
export function routeTable(selected: SelectedTable, target: Table | null, policy: RoutePolicy): TableRoute {
  const source = selected.source
  const key = tableKey(source.schema, source.name)
  const lob = lobPolicy(selected, policy.settings)
  const targetColumns = new Map(target?.columns.map((column) => [column.name, column]))
  const columns: RouteColumn[] = []
  const keyColumns = source.keyColumns.length > 0 ? source.keyColumns : source.identityColumns
  for (const column of source.columns) {
    const name = selected.columns.get(column.name)
    if (name === undefined) continue
    if (column.generated && !policy.quirks['generated-columns-fail']) continue
    if (lob.mode === 'none' && lobClass(column) !== null && policy.quirks['lob-columns-dropped']) continue
    columns.push({
      source: column,
      target: name,
      targetSql: escapeIdentifier(name),
      castType: targetColumns.get(name)?.type ?? column.type,
      convert: conversionFor(column, {
        quirks: policy.quirks,
        lobLimit: lob.limit,
        trimSpaceInChar: policy.trimSpaceInChar,
        numericAsString: policy.numericAsString,
        onTruncation: (truncated) => policy.onTruncation(key, truncated),
      }),
      isKey: keyColumns.includes(column.name),
      comparable: !WITHOUT_EQUALITY.has(column.baseType),
    })
  }
  return {
    key,
    selected,
    sourceSql: `${escapeIdentifier(source.schema)}.${escapeIdentifier(source.name)}`,
    targetSql: `${escapeIdentifier(selected.targetSchema)}.${escapeIdentifier(selected.targetTable)}`,
    columns,
    byName: new Map(columns.map((column) => [column.source.name, column])),
    keyColumns,
    hasIdentity:
      source.replicaIdentity === 'f' ||
      source.identityColumns.length > 0 ||
      (source.replicaIdentity === 'd' && source.keyColumns.length > 0),
    overridesIdentity:
      !policy.quirks['identity-always-fails'] && columns.some(({ source }) => source.identityAlways),
    lobLimit: lob.limit,
    lobMode: lob.mode,
  }
}

function lobPolicy(
  selected: SelectedTable,
  settings: TaskSettings,
): { mode: 'limited' | 'full' | 'none'; limit: number | null } {
  const metadata = settings.TargetMetadata
  if (selected.lobMode === 'none' || (selected.lobMode === null && !metadata.SupportLobs))
    return { mode: 'none', limit: null }
  if (selected.lobMode === 'unlimited' || (selected.lobMode === null && metadata.FullLobMode))
    return { mode: 'full', limit: null }
  return { mode: 'limited', limit: selected.lobMaxSize ?? metadata.LobMaxSize }
}
