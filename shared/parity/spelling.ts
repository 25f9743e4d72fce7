/**
 * Whether two definitions say the same in the words of two versions of PostgreSQL: without blanks, parentheses, quotes and
 * the names of tables before columns, which versions write or leave out. Equal means equal; unequal may still mean the same.
 * Pure.
 */
export function spelledAlike(one: string, other: string): boolean {
  return one === other || bare(one) === bare(other)
}

function bare(text: string): string {
  // Literals count letter by letter.
  return text
    .split(/('(?:[^']|'')*')/u)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/"?\w+"?\.(?=["\w])|[\s()"]/gu, '')))
    .join('')
}
