/** One place where what is there differs from what we would have made. Values as JSON. */
export interface Difference {
  readonly path: string
  readonly wanted: string
  readonly found: string
}

/**
 * Compares two JSON documents, but only where `wanted` says something: AWS gives settings back merged with its
 * defaults, rules with empty `filters`, and so on. Lists must have the same length and order.
 */
export function differences(wanted: unknown, found: unknown, path = ''): Difference[] {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found) || found.length !== wanted.length) return [difference(path, wanted, found)]
    return wanted.flatMap((item, index) => differences(item, found[index], `${path}[${index}]`))
  }
  if (isObject(wanted)) {
    if (!isObject(found)) return [difference(path, wanted, found)]
    return Object.entries(wanted).flatMap(([key, value]) =>
      differences(value, found[key], path === '' ? key : `${path}.${key}`),
    )
  }
  return wanted === found ? [] : [difference(path, wanted, found)]
}

function difference(path: string, wanted: unknown, found: unknown): Difference {
  return { path, wanted: shown(wanted), found: shown(found) }
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
