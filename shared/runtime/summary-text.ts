/** GitHub takes 1 MiB a step; over it the upload fails and all of the text is lost. */
const mostBytes = 1_000_000

/** A job summary that GitHub takes: cut where it is too long. Pure. */
export function summaryText(markdown: string): string {
  if (Buffer.byteLength(markdown) <= mostBytes) return markdown
  return `${Buffer.from(markdown).subarray(0, mostBytes).toString()}\n\n… cut at 1 MB`
}
