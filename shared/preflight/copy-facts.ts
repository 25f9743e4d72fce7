import type { Key } from '../kms/keys.ts'
import type { Sharing } from '../ram/shares.ts'

/** What stands between two accounts where the target is made as a copy of the source. */
export interface CopyFacts {
  /** Cluster or instance that is copied. */
  readonly source: string
  /** What a clone needs; undefined where snapshots are used, which are shared when they are taken. */
  readonly sharing: Sharing | undefined
  /** ARN of the key that encrypts the source; undefined where it is not encrypted. */
  readonly keyArn: string | undefined
  /** The key as the source's account sees it, and as the target's: undefined where that may not use it. */
  readonly keyAtSource: Key | undefined
  readonly keyAtTarget: Key | undefined
}
