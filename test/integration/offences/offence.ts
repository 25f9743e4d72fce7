import type { PreflightFacts } from '../../../shared/preflight/facts.ts'

/**
 * One thing that is wrong, and the code by which preflight must name it. `sql` is run as superuser on `side` of the
 * offending pair, statement by statement; where it cannot live beside the others (a setting of the server, an answer of
 * AWS or GitHub), `change` spoils the facts that were read from the real pair instead. At least one of them is given.
 */
export interface Offence {
  readonly code: string
  /** An object that the finding must name, exactly as it writes it; without it any finding of the code will do. */
  readonly object?: string
  readonly side?: 'source' | 'target'
  readonly sql?: readonly string[]
  /** Facts read from the pair in, spoiled copy out. */
  readonly change?: (facts: PreflightFacts) => PreflightFacts
}
