import type { PreflightFacts } from '../../../shared/preflight/facts.ts'

/**
 * Where an offence is met. Preflight reads every scene by its own readers, from real servers, the emulated AWS and the
 * local GitHub; what contradicts each other stands in different scenes.
 *
 * `sample`: the sample's pair, offending in its objects, in RDS, DMS and GitHub. `settings`: one server with settings that
 * no migration should meet, named as both sides. `copy`: a clone over two accounts with DMS Serverless, into an older
 * database. `standby`: a source in recovery. `told`: facts that were changed, for what cannot be made.
 */
export type SceneName = 'sample' | 'settings' | 'copy' | 'standby' | 'told'

/** What offends: a database or its server, AWS, GitHub, the migration file, or (in `told`) the facts alone. */
export type Offender = 'server' | 'aws' | 'github' | 'file' | 'facts'

/** One thing that is wrong, and the code by which preflight must name it. */
export interface Offence {
  readonly code: string
  /** An object that the finding must name, exactly as it writes it; without it any finding of the code will do. */
  readonly object?: string
  /** `sample` where it is left out. */
  readonly scene?: SceneName
  /** Where no `sql` makes it: what does, in the scene (test/integration/scenes). */
  readonly by?: Offender
  readonly side?: 'source' | 'target'
  /** Run as superuser on `side` of the sample's pair (or, in `settings` and `copy`, in that scene's own database), one by one. */
  readonly sql?: readonly string[]
}

/** An offence that neither a server nor the emulator can be brought to on this machine. */
export interface ToldOffence extends Offence {
  readonly scene: 'told'
  readonly by: 'facts'
  /** Why it cannot be made. */
  readonly reason: string
  /** Facts read from the clean pair in, spoiled copy out. */
  readonly change: (facts: PreflightFacts) => PreflightFacts
}
