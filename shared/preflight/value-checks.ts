import { expressionKeys } from './checks/expression-keys.ts'
import { fallBackSource } from './checks/fall-back-source.ts'
import { foreignKeysOutside } from './checks/foreign-keys-outside.ts'
import { invalidIndexes } from './checks/invalid-indexes.ts'
import { sequenceColumns } from './checks/sequence-columns.ts'
import { sequencesOutside } from './checks/sequences-outside.ts'
import { sourceCharPadding } from './checks/source-char-padding.ts'
import { sourceInfinity } from './checks/source-infinity.ts'
import { sourceKeyUpdates } from './checks/source-key-updates.ts'
import { sourceTimestamptz } from './checks/source-timestamptz.ts'
import { targetLobNotNull } from './checks/target-lob-not-null.ts'
import type { Check } from './finding.ts'

/** Keys, values and references that DMS changes or loses. */
export const valueChecks: readonly Check[] = [
  sourceKeyUpdates,
  sourceTimestamptz,
  sourceCharPadding,
  sourceInfinity,
  targetLobNotNull,
  expressionKeys,
  sequenceColumns,
  sequencesOutside,
  foreignKeysOutside,
  invalidIndexes,
  fallBackSource,
]
