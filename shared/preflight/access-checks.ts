import { dmsPasswords } from './checks/dms-passwords.ts'
import { dmsUsersShared } from './checks/dms-users-shared.ts'
import { fenceBackgroundWorkers } from './checks/fence-background-workers.ts'
import { fenceCronJobs } from './checks/fence-cron-jobs.ts'
import { fenceForeignServers } from './checks/fence-foreign-servers.ts'
import { fenceOtherTables } from './checks/fence-other-tables.ts'
import { fenceOtherWriters } from './checks/fence-other-writers.ts'
import { fenceOwners } from './checks/fence-owners.ts'
import { fenceReplicationLogins } from './checks/fence-replication-logins.ts'
import { fenceRoleSettings } from './checks/fence-role-settings.ts'
import { fenceSecurityDefiners } from './checks/fence-security-definers.ts'
import { fenceSuperusers } from './checks/fence-superusers.ts'
import { leftoverFence } from './checks/leftover-fence.ts'
import { roleParity } from './checks/role-parity.ts'
import { roleSettingsParity } from './checks/role-settings-parity.ts'
import { switchLogins } from './checks/switch-logins.ts'
import { targetSessionDefaults } from './checks/target-session-defaults.ts'
import type { Check } from './finding.ts'

/** Who can log in, who could write, and by what way past the fence. */
export const accessChecks: readonly Check[] = [
  dmsPasswords,
  dmsUsersShared,
  switchLogins,
  roleParity,
  roleSettingsParity,
  targetSessionDefaults,
  fenceRoleSettings,
  fenceSuperusers,
  fenceOwners,
  fenceSecurityDefiners,
  fenceCronJobs,
  fenceOtherWriters,
  fenceReplicationLogins,
  fenceForeignServers,
  fenceBackgroundWorkers,
  fenceOtherTables,
  leftoverFence,
]
