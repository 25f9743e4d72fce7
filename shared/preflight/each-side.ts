import type { Finding } from './finding.ts'
import { NotYet } from './known-fact.ts'

/**
 * What a check finds on the source and on the target. Where the target does not exist yet, what was found on the source
 * is kept: it is worth mending before the target is made.
 */
export function eachSide(judge: (side: 'source' | 'target') => readonly Finding[]): Finding[] {
  const found = [...judge('source')]
  try {
    return [...found, ...judge('target')]
  } catch (error) {
    if (!(error instanceof NotYet)) throw error
    throw new NotYet<Finding>(error.message, [...found, ...(error.found as readonly Finding[])])
  }
}
