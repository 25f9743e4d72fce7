import { posix } from 'node:path'
import { textOf } from './repository.ts'

/** One import of a source file. */
export interface Import {
  /** Path from the root of the repository for a file of ours; else the specifier (`pg`, `node:fs`). */
  readonly to: string
  /** Gone at run time: `import type`, or a list of nothing but `type` names. */
  readonly typeOnly: boolean
  /** Loaded when reached: `import('…')`. */
  readonly lazy: boolean
}

const statement = /^(?:import|export)\s+(type\s+)?(?:([\w*\s{},$]+?)\s+from\s+)?'([^']+)'/gmu
const call = /\bimport\(\s*'([^']+)'/gu

/**
 * What a file imports. Reads the statements as the formatter writes them, which `npm run check` makes sure of; the
 * compiler's own parser has no JavaScript interface any more.
 */
export function importsOf(path: string, source = textOf(path)): Import[] {
  const place = (specifier: string) =>
    specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier
  const found: Import[] = []
  for (const [, type, names, specifier = ''] of source.matchAll(statement)) {
    found.push({ to: place(specifier), typeOnly: type !== undefined || onlyTypes(names), lazy: false })
  }
  for (const [, specifier = ''] of source.matchAll(call)) {
    found.push({ to: place(specifier), typeOnly: false, lazy: true })
  }
  return found
}

function onlyTypes(names: string | undefined): boolean {
  const list = /^\{([^}]*)\}$/u.exec(names?.trim() ?? '')?.[1]
  if (list === undefined) return false
  const items = list.split(',').filter((item) => item.trim() !== '')
  return items.length > 0 && items.every((item) => item.trim().startsWith('type '))
}

/**
 * Everything that running `path` loads at once, itself included: files of ours and names of packages. What is only
 * a type, or is imported lazily, is not loaded.
 */
export function loadedBy(path: string): Set<string> {
  const loaded = new Set<string>()
  const visit = (file: string): void => {
    if (loaded.has(file)) return
    loaded.add(file)
    if (!file.endsWith('.ts')) return
    for (const { to, typeOnly, lazy } of importsOf(file)) if (!typeOnly && !lazy) visit(to)
  }
  visit(path)
  return loaded
}
