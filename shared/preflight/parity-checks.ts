import { collations } from './checks/collations.ts'
import { extensionVersions } from './checks/extension-versions.ts'
import { targetDefinitions } from './checks/target-definitions.ts'
import { targetFunctions } from './checks/target-functions.ts'
import { targetGrants } from './checks/target-grants.ts'
import { targetOtherObjects } from './checks/target-other-objects.ts'
import { targetOwners } from './checks/target-owners.ts'
import { targetTypes } from './checks/target-types.ts'
import { targetViews } from './checks/target-views.ts'
import { targetWrites } from './checks/target-writes.ts'
import type { Check } from './finding.ts'

/** What is no row, and must be the same on both sides. */
export const parityChecks: readonly Check[] = [
  collations,
  extensionVersions,
  targetTypes,
  targetViews,
  targetFunctions,
  targetDefinitions,
  targetOtherObjects,
  targetOwners,
  targetGrants,
  targetWrites,
]
