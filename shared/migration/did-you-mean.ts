import { distance } from 'fastest-levenshtein'

/**
 * The known word that was most likely meant: one with few letters changed, or one that holds the given word or is held
 * by it (`clone` for `aurora-clone`). Undefined where none is near. Pure.
 */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const wanted = plain(word)
  const near = known
    .map((candidate) => ({ candidate, cost: costOf(wanted, plain(candidate)) }))
    .filter(({ cost }) => cost <= Math.max(2, wanted.length / 3))
    .sort((a, b) => a.cost - b.cost)
  return near[0]?.candidate
}

/** `replication_instance`, `replicationInstance` and `replication-instance` are one word. */
function plain(word: string): string {
  return word
    .slice(0, 100)
    .replaceAll(/([a-z])([A-Z])/gu, '$1-$2')
    .replaceAll(/[_\s]/gu, '-')
    .toLowerCase()
}

const shortestPart = 3

function costOf(word: string, candidate: string): number {
  const [short, long] = word.length < candidate.length ? [word, candidate] : [candidate, word]
  // Behind every word that differs by a letter or two.
  if (short.length >= shortestPart && long.includes(short)) return Math.min(2, distance(word, candidate))
  return distance(word, candidate)
}
