/** What a document holds at a path; undefined where there is nothing. Pure. */
export function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let current = document
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined
    current = (current as Record<PropertyKey, unknown>)[key]
  }
  return current
}

/** How many keys of a path a document has, from its root on. Pure. */
export function depthOf(document: unknown, path: readonly PropertyKey[]): number {
  let depth = 0
  let current = document
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) break
    current = (current as Record<PropertyKey, unknown>)[key]
    depth += 1
  }
  return depth
}

/** A mapping of YAML or JSON: an object that is no list. Pure. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
