import type { TableName } from './plan.ts'

/** `schema.table` patterns with DMS's wildcards, as the migration file has them. */
export interface TablePatterns {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/**
 * One DMS pattern as a regular expression: `%` any text, `_` one character, `[_]` a literal underscore, `[ab]` and
 * `[a-d]` one of several (DMS User Guide, Wildcards in table mapping). Case counts.
 */
export function wildcardExpression(pattern: string): RegExp {
  let expression = ''
  for (const [part] of pattern.matchAll(/\[[^\]]+\]|[\s\S]/gu)) {
    if (part === '%') expression += '[\\s\\S]*'
    else if (part === '_') expression += '[\\s\\S]'
    else if (part.length > 2 && part.startsWith('[')) expression += `[${classBody(part.slice(1, -1))}]`
    else expression += part.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')
  }
  return new RegExp(`^${expression}$`, 'u')
}

/** Inside brackets only a hyphen between two characters means something to DMS; all else is literal. */
function classBody(body: string): string {
  return body.replaceAll(/[\\^\]]/gu, '\\$&')
}

/** Tells whether a table matches one `schema.table` pattern. */
export function tableMatcher(pattern: string): (name: TableName) => boolean {
  const dot = pattern.indexOf('.')
  const schema = wildcardExpression(pattern.slice(0, dot))
  const table = wildcardExpression(pattern.slice(dot + 1))
  return (name) => schema.test(name.schema) && table.test(name.table)
}

/** Tells whether the patterns take a table. Exclude wins over include, as in DMS. */
export function tableSelection(patterns: TablePatterns): {
  includes(name: TableName): boolean
  excludes(name: TableName): boolean
} {
  const include = patterns.include.map(tableMatcher)
  const exclude = patterns.exclude.map(tableMatcher)
  return {
    includes: (name) => include.some((matches) => matches(name)),
    excludes: (name) => exclude.some((matches) => matches(name)),
  }
}
