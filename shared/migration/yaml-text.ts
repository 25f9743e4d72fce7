import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml'
import type { Problem } from '../runtime/errors.ts'

/** A YAML file as read: its plain value, what is wrong with the YAML itself, and where things stand. */
export interface YamlText {
  readonly value: unknown
  readonly problems: readonly (Problem & { readonly line: number })[]
  /** False where the text is no YAML: then `value` says nothing. */
  readonly readable: boolean
  /** 1-based line of a key or item; of the nearest one above where the path leads nowhere. */
  lineOf(path: readonly PropertyKey[]): number
}

/** Reads YAML; `file` is only named in problems. Never throws. Pure. */
export function readYaml(content: string, file: string): YamlText {
  const lines = new LineCounter()
  // Keys that are lists or mappings become text, and then unknown keys: that is said better than by a process warning.
  const options = { lineCounter: lines, prettyErrors: false, logLevel: 'error' } as const
  const document = parseDocument(content, options)
  const lineAt = (position: number) => lines.linePos(position).line
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    field: 'migration',
    message: `${file} is not valid YAML: ${error.message}`,
    remedy:
      remedies[error.code] ?? 'Mend the YAML at that line; most often it is indentation or a missing quote.',
    file,
    line: lineAt(error.pos[0]),
  }))
  // A key that is there twice is a mistake of its own; what stands around it can be judged all the same.
  const readable = document.errors.every(({ code }) => code === 'DUPLICATE_KEY')
  const plain = readable ? plainValue(document) : { value: undefined }
  if ('message' in plain)
    problems.push({
      field: 'migration',
      message: `${file} cannot be read: ${plain.message}`,
      remedy: 'Write out what the aliases stand for.',
      file,
      line: 1,
    })
  return {
    value: plain.value,
    problems,
    readable: readable && !('message' in plain),
    lineOf: (path) => lineAt(positionOf(document, path)),
  }
}

const remedies: Readonly<Partial<Record<string, string>>> = {
  DUPLICATE_KEY: 'Keep one of the two keys.',
  MULTIPLE_DOCS: 'Write one migration in one file, without a second `---`.',
  TAG_RESOLVE_FAILED: 'Leave out the tag; a migration file has plain values only.',
  TAB_AS_INDENT: 'Indent with spaces.',
}

/** Aliases can be unresolved, or multiply beyond all bounds. */
function plainValue(document: Document): { value: unknown; message?: string } {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    return { value }
  } catch (error) {
    return { value: undefined, message: error instanceof Error ? error.message : String(error) }
  }
}

function positionOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents
  let position = startOf(node) ?? 0
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document)
    let found: unknown
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && keyText(item.key) === String(key))
      if (pair === undefined) break
      position = startOf(pair.key) ?? position
      found = pair.value
    } else if (isSeq(node) && typeof key === 'number' && key in node.items) {
      found = node.items[key]
      position = startOf(found) ?? position
    } else break
    node = found
  }
  return position
}

function keyText(key: unknown): string {
  return String(isScalar(key) ? key.value : key)
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range))
    return undefined
  const [start] = node.range as unknown[]
  return typeof start === 'number' ? start : undefined
}
