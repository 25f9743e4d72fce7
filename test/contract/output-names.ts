/**
 * Names of the outputs that a source file sets: the keys of every object literal written as `outputs: {…}` or
 * `outputs = {…}`, also those inside a spread (`...(found ? { 'task-arns': list } : {})`). Keys of nested values
 * (`result: JSON.stringify({ … })`) are no outputs. Comments in such a literal are not expected.
 */
export function outputNames(source: string): string[] {
  const names: string[] = []
  for (const { index, 0: text } of source.matchAll(/\boutputs(?::|:[^=\n{]*=|\s*=)\s*\{/gu)) {
    names.push(...keysOf(source, index + text.length - 1))
  }
  return names
}

/** Keys of the object literal that opens at `open`. */
function keysOf(source: string, open: number): string[] {
  return entriesOf(source, open).flatMap((entry) => {
    if (!entry.startsWith('...')) {
      const key = /^(?:'([^']+)'|([\w$]+))\s*(?::|$)/u.exec(entry)
      return key === null ? [`unreadable: ${entry}`] : [key[1] ?? key[2] ?? '']
    }
    const inner = [...entry.matchAll(/\{/gu)].filter(({ index }) => depthAt(entry, index) === 0)
    return inner.length === 0 ? [`unreadable: ${entry}`] : inner.flatMap(({ index }) => keysOf(entry, index))
  })
}

/** How many braces are open before `position`: an object in an object's value is not the spread's own. */
function depthAt(text: string, position: number): number {
  const before = text.slice(0, position)
  return before.split('{').length - before.split('}').length
}

/** The parts between an object literal's own commas, trimmed. */
function entriesOf(source: string, open: number): string[] {
  const entries: string[] = []
  let depth = 0
  let quote = ''
  let start = open + 1
  for (let at = open; at < source.length; at += 1) {
    const letter = source.charAt(at)
    if (quote !== '') {
      if (letter === '\\') at += 1
      else if (letter === quote) quote = ''
    } else if (`'"\``.includes(letter)) quote = letter
    else if ('{[('.includes(letter)) depth += 1
    else if ('}])'.includes(letter)) depth -= 1
    const ends = depth === 0
    if (quote === '' && (ends || (letter === ',' && depth === 1))) {
      entries.push(source.slice(start, at).trim())
      start = at + 1
      if (ends) break
    }
  }
  return entries.filter((entry) => entry !== '')
}
