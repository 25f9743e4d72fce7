import { given } from './contradictions.ts'
import { isMapping } from './value-at.ts'

/** Whether an entry of `cutover.switch`, right or not, needs the address of readers. Pure. */
export function wantsReader(entry: unknown): boolean {
  const commands = [given(entry, 'command'), given(entry, 'pgbouncer.reload.command')]
  const keys = given(entry, 'keys')
  const parts = [given(entry, 'holds'), ...(isMapping(keys) ? Object.keys(keys) : [])]
  return (
    given(entry, 'endpoint') === 'reader' ||
    given(entry, 'pgbouncer.reader-database') !== undefined ||
    parts.some((part) => typeof part === 'string' && part.startsWith('reader-')) ||
    commands.some((command) => typeof command === 'string' && command.includes('AURORA_MIGRATION_READER_'))
  )
}

/** What `cutover.switch` demands of the rest of the file, and its entries of each other. Pure. */
export function* switchContradictions(file: unknown): Generator<{ path: string; message: string }> {
  const entries = given(file, 'cutover.switch')
  if (!Array.isArray(entries)) return
  // A fall-back points the same readers at the source again.
  const sides = given(file, 'cutover.fall-back') === false ? ['target'] : ['target', 'source']
  const seen = new Map<string, number>()
  for (const [index, entry] of (entries as unknown[]).entries()) {
    if (wantsReader(entry))
      for (const side of sides)
        if (
          given(file, `${side}.rds-cluster`) === undefined &&
          given(file, `cutover.endpoints.${side}.reader`) === undefined
        )
          yield {
            path: `cutover.switch.${index}`,
            message: `is for readers, whose address on the ${side} is not known: \`${side}.rds-cluster\` or \`cutover.endpoints.${side}.reader\` must say it`,
          }
    const name = nameIn(entry)
    if (name === undefined) continue
    const before = seen.get(name)
    if (before !== undefined)
      yield { path: `cutover.switch.${index}`, message: `is switched already by cutover.switch[${before}]` }
    seen.set(name, index)
  }
}

/** What an entry changes, as text; undefined for commands, which may do anything. */
function nameIn(entry: unknown): string | undefined {
  for (const kind of ['secret', 'parameter', 'record'] as const) {
    const name = given(entry, kind)
    if (typeof name === 'string')
      return `${kind} ${name} ${JSON.stringify(given(entry, 'set-identifier') ?? '')}`
  }
  return undefined
}
