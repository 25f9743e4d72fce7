import { markdownTable } from 'markdown-table'

/** Text in a table cell: no line breaks, no column separators, no HTML. */
export function escapeCell(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/\r\n|\r|\n/gu, '<br>')
}

/** A GFM table; over `most` rows it ends with a line that says how many more there are. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], most = 200): string {
  const shown = rows.slice(0, most).map((row) => row.map(escapeCell))
  const text = markdownTable([[...head], ...shown], { alignDelimiters: false })
  return rows.length > most ? `${text}\n\n… and ${rows.length - most} more` : text
}

/** A folded part of a summary. */
export function details(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`
}

/**
 * How plots look: Mermaid's own first colour can hardly be seen on white, and its height leaves one plot to a screen. Blue
 * for the first line, red for the second: seen on GitHub's light and dark pages.
 */
const plotStyle = [
  '---',
  'config:',
  '  xyChart:',
  '    height: 380',
  '  themeVariables:',
  '    xyChart:',
  '      plotColorPalette: "#2f81f7, #e5534b"',
  '---',
]

/** A Mermaid diagram in a fence. */
export function mermaid(text: string): string {
  const lines = text.startsWith('xychart') ? [...plotStyle, text] : [text]
  return ['```mermaid', ...lines, '```'].join('\n')
}
