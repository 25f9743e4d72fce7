/** GitHub takes 1 MiB of summary from a step, and shows nothing at all of one that is larger. */
const mostBytes = 1_000_000

/**
 * The parts of a summary, joined, within what GitHub shows. Folded parts are left out first, the largest before the
 * others, each with a line that says so; what is still too long is cut at its end. Pure.
 */
export function fitSummary(parts: readonly string[], most = mostBytes): string {
  const kept = [...parts]
  const folded = kept
    .map((part, index) => ({ index, bytes: Buffer.byteLength(part), title: titleOf(part) }))
    .filter(({ title }) => title !== undefined)
    .sort((a, b) => b.bytes - a.bytes || a.index - b.index)
  const text = () => `${kept.join('\n\n')}\n`
  for (const { index, bytes, title } of folded) {
    if (Buffer.byteLength(text()) <= most) break
    kept[index] = `*${title ?? ''}: left out here, ${bytes.toLocaleString('en')} bytes long.*`
  }
  const whole = text()
  const excess = Buffer.byteLength(whole) - most
  if (excess <= 0) return whole
  const note = '\n\n*The rest is left out: a summary holds 1 MB.*\n'
  const end = most - Buffer.byteLength(note)
  // Cut between lines: half a character or half a table row would spoil what is shown.
  const cut = Buffer.from(whole).subarray(0, end).toString('utf8')
  return `${cut.slice(0, cut.lastIndexOf('\n'))}${note}`
}

function titleOf(part: string): string | undefined {
  return /^<details><summary>(.*?)<\/summary>/u.exec(part)?.[1]
}
