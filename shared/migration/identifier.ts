/** A name as SQL takes it, always quoted. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** `"schema"."name"`. */
export function qualified(schema: string, name: string): string {
  return `${quoted(schema)}.${quoted(name)}`
}
