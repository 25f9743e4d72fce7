import type { DifferentColumn, RowDifference, ShownValue } from './comparison.ts'

/** Digest, bytes and text of a value as the server gave it: the text is cut, or null where masked or NULL. */
export type Cell = readonly [digest: string | null, bytes: number | null, text: string | null]

/** Characters told before and after the first one that differs. */
const before = 40
const after = 160
const mostPaths = 10

/** Columns of which the two sides have different values, with what is told of them. Pure. */
export function differentColumns(
  names: readonly { readonly name: string; readonly baseType: string }[],
  source: readonly Cell[],
  target: readonly Cell[],
  masked: boolean,
): DifferentColumn[] {
  return names.flatMap(({ name, baseType }, index) => {
    const [here, there] = [source[index] ?? none, target[index] ?? none]
    if (here[0] === there[0]) return []
    const start = Math.max(0, firstDifference(here[2] ?? '', there[2] ?? '') - before)
    const shown = {
      name,
      source: shownValue(here, start, masked),
      target: shownValue(there, start, masked),
    }
    const paths = masked || !/^jsonb?$/u.test(baseType) ? [] : jsonPaths(here[2], there[2])
    return [paths.length === 0 ? shown : { ...shown, paths }]
  })
}

/** All columns of a row that only one side has. Pure. */
export function wholeRow(
  names: readonly { readonly name: string }[],
  cells: readonly Cell[],
  side: 'source' | 'target',
  masked: boolean,
): RowDifference['columns'] {
  return names.map(({ name }, index) => ({ name, [side]: shownValue(cells[index] ?? none, 0, masked) }))
}

const none: Cell = [null, null, null]

function shownValue([digest, bytes, text]: Cell, start: number, masked: boolean): ShownValue {
  const isNull = digest === null
  const told = { isNull, bytes: bytes ?? 0, digest: digest ?? '' }
  if (masked) return told
  if (text === null) return { ...told, text: null }
  // Whole characters: a cut through a pair of surrogates would show what is not there.
  const part = Array.from(text.slice(start, start + before + after)).filter((one) => !isLoneSurrogate(one))
  const cut = `${start > 0 ? '…' : ''}${part.join('')}${start + before + after < text.length ? '…' : ''}`
  return { ...told, text: cut }
}

function isLoneSurrogate(character: string): boolean {
  return character.length === 1 && /[\uD800-\uDFFF]/u.test(character)
}

function firstDifference(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  for (let index = 0; index < length; index += 1) if (one[index] !== other[index]) return index
  return length
}

/** Where two JSON texts differ; empty where one of them is cut or no JSON. Pure. */
export function jsonPaths(source: string | null, target: string | null): string[] {
  try {
    const paths: string[] = []
    collectPaths(JSON.parse(source ?? 'null'), JSON.parse(target ?? 'null'), '$', paths)
    return paths
  } catch {
    return []
  }
}

function collectPaths(source: unknown, target: unknown, path: string, paths: string[]): void {
  if (paths.length >= mostPaths) return
  if (isObject(source) && isObject(target) && Array.isArray(source) === Array.isArray(target)) {
    for (const name of new Set([...Object.keys(source), ...Object.keys(target)])) {
      const step = /^[A-Za-z_]\w*$/u.test(name)
        ? `.${name}`
        : `[${Array.isArray(source) ? name : JSON.stringify(name)}]`
      collectPaths(
        Object.hasOwn(source, name) ? source[name] : undefined,
        Object.hasOwn(target, name) ? target[name] : undefined,
        `${path}${step}`,
        paths,
      )
    }
    return
  }
  if (JSON.stringify(source) !== JSON.stringify(target)) paths.push(path)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
