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

/** A Mermaid diagram in a fence. */
export function mermaid(text: string): string {
  return `\`\`\`mermaid\n${text}\n\`\`\``
}
