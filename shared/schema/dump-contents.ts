/** An index that must be there before the load: it enforces something, or DMS finds rows by it. */
export interface KeptIndex {
  readonly oid: string
  readonly schema: string
  readonly name: string
  readonly owner: string
}

export interface DumpChoice {
  readonly foreignKeys: readonly { readonly schema: string; readonly table: string; readonly name: string }[]
  readonly keptIndexes: readonly KeptIndex[]
  /** Schemas that the target has already; `own`: of which the migration's login may change the rights. */
  readonly presentSchemas: readonly { readonly name: string; readonly own: boolean }[]
}

/** Lines of a dump's list of contents, for `pg_restore --use-list`: what is made before the load, and what after it. */
export interface DumpParts {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/**
 * Divides a dump's contents (pg_restore --list: `id; table-oid oid KIND schema name owner`), in its own order. Before the
 * load comes pre-data with primary keys, unique constraints and indexes, the replica identity and views that rest on a
 * key; after it triggers, rules, policies, statistics. Foreign keys and other indexes are in neither part: they
 * are made from the source's catalogue, several at a time and as NOT VALID. Pure.
 */
export function divideDump(all: string, postData: string, choice: DumpChoice): DumpParts {
  const later = new Set(entries(postData).map(({ line }) => line))
  const before: string[] = []
  const after: string[] = []
  for (const entry of entries(all)) {
    if (isLeftOut(entry, choice)) continue
    if (!later.has(entry.line) || isKey(entry, choice)) before.push(entry.line)
    else after.push(entry.line)
  }
  return { before, after }
}

interface Entry {
  readonly line: string
  readonly oid: string
  /** From the kind on. */
  readonly text: string
}

function entries(list: string): Entry[] {
  return list.split('\n').flatMap((line) => {
    const [, oid, text] = /^\d+; \d+ (\d+) (.+)$/u.exec(line) ?? []
    return oid === undefined || text === undefined ? [] : [{ line, oid, text }]
  })
}

function isLeftOut(entry: Entry, { keptIndexes, presentSchemas, foreignKeys }: DumpChoice): boolean {
  const { text, oid } = entry
  if (text.startsWith('FK CONSTRAINT ') || text.startsWith('EXTENSION ') || / awsdms_/u.test(text))
    return true
  if (text.startsWith('INDEX ATTACH '))
    return !keptIndexes.some(({ schema, name, owner }) => text === `INDEX ATTACH ${schema} ${name} ${owner}`)
  if (text.startsWith('INDEX ')) return !keptIndexes.some((index) => index.oid === oid)
  if (text.startsWith('COMMENT ')) {
    const ofKey = foreignKeys.some(({ schema, table, name }) =>
      [name, quotedName(name)].some((constraint) =>
        [table, quotedName(table)].some((home) =>
          text.startsWith(`COMMENT ${schema} CONSTRAINT ${constraint} ON ${home} `),
        ),
      ),
    )
    // It comes back with its key.
    if (ofKey) return true
  }
  return presentSchemas.some(
    ({ name, own }) =>
      text.startsWith(`SCHEMA - ${name} `) ||
      text.startsWith(`COMMENT - SCHEMA ${name} `) ||
      (!own &&
        (text.startsWith(`ACL - SCHEMA ${name} `) || text.startsWith(`ACL - SCHEMA ${quotedName(name)} `))),
  )
}

function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function isKey({ text, oid }: Entry, { keptIndexes }: DumpChoice): boolean {
  return (
    text.startsWith('CONSTRAINT ') ||
    text.startsWith('INDEX ATTACH ') ||
    (text.startsWith('INDEX ') && keptIndexes.some((index) => index.oid === oid)) ||
    // A view that groups by a primary key can only be made after the key.
    /^RULE .* _RETURN /u.test(text)
  )
}

export interface SqlFit {
  readonly targetMajor: number
  readonly forPsql: boolean
  /** Roles of the source alone, that of DMS: what is granted to them is left out. */
  readonly withoutRoles: readonly string[]
}

/**
 * What the programs write for psql, made fit for the target: settings that its version does not know are left out
 * (pg_restore writes those of its own version), rights of roles that stay behind, and for a session of ours psql's own
 * commands. pg_dump writes a line for each grantee.
 */
export function fitSql(text: string, options: SqlFit): string {
  const behind = options.withoutRoles.flatMap((role) => [role, quotedName(role)])
  return text
    .split('\n')
    .filter((line) => !(options.targetMajor < 17 && line === 'SET transaction_timeout = 0;'))
    .filter(
      (line) =>
        !/^(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) /u.test(line) ||
        !behind.some((role) =>
          ['TO', 'FROM'].some(
            (word) =>
              line.endsWith(` ${word} ${role};`) || line.endsWith(` ${word} ${role} WITH GRANT OPTION;`),
          ),
        ),
    )
    .filter((line) => options.forPsql || !/^\\(un)?restrict /u.test(line))
    .join('\n')
}
