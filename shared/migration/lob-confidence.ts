import type { LobSample } from './lob-columns.ts'

/**
 * What a sample of pages allows to say of the largest value in it: where n pages chosen at random hold none larger, then
 * with 95 % confidence at most 3/n of all pages do (rule of three: (1 − 3/n)ⁿ < 0.05). Rows of one page were written
 * together and resemble each other, so rows are not counted on. Pure.
 */
export function confidence({ pages, ofPages, rows }: LobSample): string {
  const seen = BigInt(pages)
  const looked = `${grouped(pages)} of ${grouped(ofPages)} pages (${grouped(rows)} rows) were seen`
  if (seen < 3n) return `${looked}: too few to say anything`
  return `${looked}; with 95 % confidence at most 1 page in ${grouped(String(seen / 3n))} holds a larger one`
}

/** Thousands apart: 1,200,000. */
function grouped(digits: string): string {
  return BigInt(digits).toLocaleString('en')
}
