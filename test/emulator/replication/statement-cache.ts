/** Prepared statements of one apply session, least recently used ones given up. */
export interface StatementCache {
  /**
   * SQL that runs `text` with the given literals, preparing it first where needed.
   * @returns one or several statements, `;` between; `extra` is how many come before the one that counts
   */
  execute(text: string, literals: readonly string[]): { sql: string; extra: number }
  /** Forgets everything: after an error nobody knows which statements were prepared. */
  reset(): string
}

/** @param capacity statements kept, the task setting StatementCacheSize; 0 switches the cache off */
export function createStatementCache(capacity: number): StatementCache {
  const names = new Map<string, string>()
  let next = 0
  return {
    execute(text, literals) {
      const known = names.get(text)
      const call = (name: string): string =>
        `EXECUTE ${name}${literals.length > 0 ? `(${literals.join(', ')})` : ''}`
      if (known !== undefined) {
        names.delete(text)
        names.set(text, known)
        return { sql: call(known), extra: 0 }
      }
      const name = `dms_${next}`
      next += 1
      const parts: string[] = []
      const [oldest] = names
      if (oldest !== undefined && names.size >= capacity) {
        parts.push(`DEALLOCATE ${oldest[1]}`)
        names.delete(oldest[0])
      }
      names.set(text, name)
      parts.push(`PREPARE ${name} AS ${text}`, call(name))
      return { sql: parts.join('; '), extra: parts.length - 1 }
    },
    reset() {
      names.clear()
      return 'DEALLOCATE ALL'
    },
  }
}
