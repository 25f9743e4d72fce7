/** A table of the sample as the catalogue describes it. */
export interface TableShape {
  readonly schema: string
  readonly name: string
  /** "schema.table" as the application knows it: the partitioned parent of a leaf */
  readonly root: string
  /** columns of the primary key, empty where there is none */
  readonly key: readonly string[]
  readonly columns: readonly string[]
}

/** A row as the judge compares it. */
export interface RowDigest {
  /** columns of the key joined by `|`; null without a key */
  readonly key: string | null
  /** `writer#seq` of the transaction that inserted it, where the table says so */
  readonly write: string | null
  readonly digest: string
}

/** Rows that the two sides may rightly hold differently: the target's own transactions changed them. */
export interface Exclusions {
  /** `writer#seq` */
  readonly writes: ReadonlySet<string>
  /** "schema.table" of the root → keys */
  readonly touched: ReadonlyMap<string, ReadonlySet<string>>
}

/** Gathers what the given transactions inserted, updated or deleted. */
export function excludeTransactions(
  transactions: readonly {
    readonly writer: string
    readonly seq: number
    readonly touched: Readonly<Record<string, readonly string[]>>
  }[],
  furtherWrites: Iterable<string> = [],
): Exclusions {
  const touched = new Map<string, Set<string>>()
  for (const transaction of transactions) {
    for (const [table, keys] of Object.entries(transaction.touched)) {
      const known = touched.get(table) ?? new Set()
      for (const key of keys) known.add(key)
      touched.set(table, known)
    }
  }
  const writes = transactions.map((transaction) => `${transaction.writer}#${transaction.seq}`)
  return { writes: new Set([...writes, ...furtherWrites]), touched }
}

/** Rows that differ or that only one side has, as words for people. Rows with a key are compared by it, others by how often they occur. */
export function findMismatches(
  table: TableShape,
  source: readonly RowDigest[],
  target: readonly RowDigest[],
  exclusions: Exclusions,
): string[] {
  const touched = exclusions.touched.get(table.root)
  const counts = (row: RowDigest): boolean =>
    (row.write === null || !exclusions.writes.has(row.write)) &&
    (row.key === null || touched?.has(row.key) !== true)
  const left = source.filter(counts)
  const right = target.filter(counts)
  return table.key.length > 0 ? compareByKey(table, left, right) : compareAsMultiset(table, left, right)
}

function compareByKey(
  table: TableShape,
  source: readonly RowDigest[],
  target: readonly RowDigest[],
): string[] {
  const others = new Map(target.map((row) => [row.key, row.digest]))
  const found: string[] = []
  for (const row of source) {
    const digest = others.get(row.key)
    others.delete(row.key)
    if (digest === undefined) found.push(`${nameOf(table)} ${row.key}: only on the source`)
    else if (digest !== row.digest) found.push(`${nameOf(table)} ${row.key}: differs`)
  }
  return [...found, ...[...others.keys()].map((key) => `${nameOf(table)} ${key}: only on the target`)]
}

function compareAsMultiset(
  table: TableShape,
  source: readonly RowDigest[],
  target: readonly RowDigest[],
): string[] {
  const balance = new Map<string, { surplus: number; write: string | null }>()
  const add = (row: RowDigest, by: number): void => {
    const entry = balance.get(row.digest) ?? { surplus: 0, write: row.write }
    entry.surplus += by
    balance.set(row.digest, entry)
  }
  for (const row of source) add(row, 1)
  for (const row of target) add(row, -1)
  return [...balance.values()].flatMap(({ surplus, write }) =>
    Array.from(
      { length: Math.abs(surplus) },
      () => `${nameOf(table)} row of ${write}: once more on the ${surplus > 0 ? 'source' : 'target'}`,
    ),
  )
}

function nameOf(table: TableShape): string {
  return `${table.schema}.${table.name}`
}
