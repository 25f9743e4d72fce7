/** One thing that must be the same on both sides: an object, or a property of one. */
export interface ParityItem {
  /** `index`, `column`, `grant`, …: as the summary calls it. */
  readonly kind: string
  /** As SQL would write it; parts of a table as `shop.orders: part`. */
  readonly name: string
  /** What must be the same whatever the version; null where only the definition says it. */
  readonly shape: string | null
  /** Hash of the whole definition as this version of PostgreSQL writes it; empty where the shape says it all. */
  readonly definition: string
}

/** An item that is not the same on both sides. */
export interface ParityDifference {
  readonly kind: string
  readonly name: string
  /** `missing`: on the source only. `surplus`: on the target only. */
  readonly how: 'missing' | 'surplus' | 'different'
  /** What each side has, as far as it can be told in a line; null where there is nothing. */
  readonly source: string | null
  readonly target: string | null
}

/** What the migration changed on the target for its own time, as its control schema says. */
export interface MeantDifferences {
  /** Rows of aurora_migration.saved_state of the target. */
  readonly saved: readonly {
    readonly kind: string
    readonly object: string
    readonly definition: unknown
  }[]
  /** Roles that DMS or the migration log in with. */
  readonly ownRoles: readonly string[]
  /** Tables that the plan migrates, as `schema.table` without quotes; undefined where there is no plan. */
  readonly planned: ReadonlySet<string> | undefined
}

/** A name without its quotes: what this project saves is quoted always, what PostgreSQL shows only where needed. */
export function plainName(name: string): string {
  return name.replaceAll('"', '')
}

/** What an item is about, where it is a part or a property of something else: the table of a column, the function of a grant. */
export function subjectOf({ kind, name }: Pick<ParityItem, 'kind' | 'name'>): string {
  const part = name.indexOf(': ')
  if (part > 0) return name.slice(0, part)
  if (kind === 'grant')
    return name.replace(/^(table|column|sequence|function|schema|type) /u, '').replace(/ to .*$/u, '')
  if (kind === 'owner' || kind === 'comment')
    return name.replace(/^(function|procedure|type|schema|sequence|table|view|materialized view|index) /u, '')
  return name
}
