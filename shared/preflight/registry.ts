import { alreadyOpened } from './checks/already-opened.ts'
import { applicationRoles } from './checks/application-roles.ts'
import { columnTypes } from './checks/column-types.ts'
import { deferrableConstraints } from './checks/deferrable-constraints.ts'
import { dmsConnect } from './checks/dms-connect.ts'
import { dmsNames } from './checks/dms-names.ts'
import { dmsQuotas } from './checks/dms-quotas.ts'
import { dmsRights } from './checks/dms-rights.ts'
import { copyKey } from './checks/copy-key.ts'
import { copyShare } from './checks/copy-share.ts'
import { dmsServerless } from './checks/dms-serverless.ts'
import { dmsUsersApart } from './checks/dms-users-apart.ts'
import { encoding } from './checks/encoding.ts'
import { eventTriggers } from './checks/event-triggers.ts'
import { existingSlots } from './checks/existing-slots.ts'
import { fenceProbe } from './checks/fence-probe.ts'
import { foreignTables } from './checks/foreign-tables.ts'
import { generatedColumns } from './checks/generated-columns.ts'
import { githubConcurrency } from './checks/github-concurrency.ts'
import { githubEnvironmentUse } from './checks/github-environment-use.ts'
import { githubEnvironment } from './checks/github-environment.ts'
import { githubPermissions } from './checks/github-permissions.ts'
import { identityAlways } from './checks/identity-always.ts'
import { inheritance } from './checks/inheritance.ts'
import { largeObjects } from './checks/large-objects.ts'
import { leftovers } from './checks/leftovers.ts'
import { lobKeys } from './checks/lob-keys.ts'
import { lobSize } from './checks/lob-size.ts'
import { lockSlots } from './checks/lock-slots.ts'
import { loginRights } from './checks/login-rights.ts'
import { longTransactions } from './checks/long-transactions.ts'
import { materializedViews } from './checks/materialized-views.ts'
import { nameCase } from './checks/name-case.ts'
import { numericScale } from './checks/numeric-scale.ts'
import { partitions } from './checks/partitions.ts'
import { plannedTables } from './checks/planned-tables.ts'
import { preparedTransactions } from './checks/prepared-transactions.ts'
import { rdsAlarms } from './checks/rds-alarms.ts'
import { rdsBackups } from './checks/rds-backups.ts'
import { rdsCertificates } from './checks/rds-certificates.ts'
import { rdsDeletionProtection } from './checks/rds-deletion-protection.ts'
import { rdsEncryption } from './checks/rds-encryption.ts'
import { rdsFreeStorage } from './checks/rds-free-storage.ts'
import { rdsLogicalReplication } from './checks/rds-logical-replication.ts'
import { rdsMaintenance } from './checks/rds-maintenance.ts'
import { rdsMultiAz } from './checks/rds-multi-az.ts'
import { rdsNetwork } from './checks/rds-network.ts'
import { rdsParameters } from './checks/rds-parameters.ts'
import { rdsPendingChanges } from './checks/rds-pending-changes.ts'
import { rdsPublicAccess } from './checks/rds-public-access.ts'
import { rdsReaders } from './checks/rds-readers.ts'
import { rdsSecurityGroups } from './checks/rds-security-groups.ts'
import { rdsServers } from './checks/rds-servers.ts'
import { replicaIdentity } from './checks/replica-identity.ts'
import { replicationInstanceClass } from './checks/replication-instance-class.ts'
import { replicationInstanceMultiAz } from './checks/replication-instance-multi-az.ts'
import { replicationInstanceStorage } from './checks/replication-instance-storage.ts'
import { replicationInstance } from './checks/replication-instance.ts'
import { reverseUsers } from './checks/reverse-users.ts'
import { reverseUsersApart } from './checks/reverse-users-apart.ts'
import { reverseRights } from './checks/reverse-rights.ts'
import { reverseReplicaRole } from './checks/reverse-replica-role.ts'
import { reverseLoginRights } from './checks/reverse-login-rights.ts'
import { rowSecurity } from './checks/row-security.ts'
import { sameServer } from './checks/same-server.ts'
import { sequenceLimits } from './checks/sequence-limits.ts'
import { serverDurability } from './checks/server-durability.ts'
import { serverWriter } from './checks/server-writer.ts'
import { sourceDmsUser } from './checks/source-dms-user.ts'
import { sourceSlotWalKeep } from './checks/source-slot-wal-keep.ts'
import { sourceSlots } from './checks/source-slots.ts'
import { sourceVersion } from './checks/source-version.ts'
import { sourceWalLevel } from './checks/source-wal-level.ts'
import { sourceWalSenderTimeout } from './checks/source-wal-sender-timeout.ts'
import { sourceWalSenders } from './checks/source-wal-senders.ts'
import { subscriptions } from './checks/subscriptions.ts'
import { switchSecrets } from './checks/switch-secrets.ts'
import { tableKeys } from './checks/table-keys.ts'
import { targetColumns } from './checks/target-columns.ts'
import { targetDmsUser } from './checks/target-dms-user.ts'
import { targetEmpty } from './checks/target-empty.ts'
import { targetExtensions } from './checks/target-extensions.ts'
import { targetKeys } from './checks/target-keys.ts'
import { targetReplicaRole } from './checks/target-replica-role.ts'
import { targetRules } from './checks/target-rules.ts'
import { targetSecondaryObjects } from './checks/target-secondary-objects.ts'
import { targetSequences } from './checks/target-sequences.ts'
import { targetSessions } from './checks/target-sessions.ts'
import { targetTables } from './checks/target-tables.ts'
import { targetTriggers } from './checks/target-triggers.ts'
import { targetVersion } from './checks/target-version.ts'
import { unboundedVarchar } from './checks/unbounded-varchar.ts'
import { unloggedTables } from './checks/unlogged-tables.ts'
import { accessChecks } from './access-checks.ts'
import type { Check } from './finding.ts'
import { parityChecks } from './parity-checks.ts'
import { serverStateChecks } from './server-state-checks.ts'
import { valueChecks } from './value-checks.ts'

/** Everything that preflight judges, in the order in which a report lists it. */
export const checks: readonly Check[] = [
  sourceVersion,
  targetVersion,
  serverWriter,
  sameServer,
  alreadyOpened,
  leftovers,
  sourceWalLevel,
  sourceSlots,
  sourceWalSenders,
  sourceWalSenderTimeout,
  sourceSlotWalKeep,
  serverDurability,
  encoding,
  rdsServers,
  rdsBackups,
  rdsPendingChanges,
  rdsMaintenance,
  rdsLogicalReplication,
  rdsParameters,
  rdsMultiAz,
  rdsReaders,
  rdsFreeStorage,
  rdsDeletionProtection,
  rdsCertificates,
  rdsPublicAccess,
  rdsSecurityGroups,
  rdsEncryption,
  rdsAlarms,
  rdsNetwork,
  replicationInstance,
  replicationInstanceClass,
  replicationInstanceStorage,
  replicationInstanceMultiAz,
  dmsQuotas,
  dmsNames,
  dmsServerless,
  copyShare,
  copyKey,
  githubEnvironment,
  githubEnvironmentUse,
  githubPermissions,
  githubConcurrency,
  switchSecrets,
  sourceDmsUser,
  targetDmsUser,
  dmsConnect,
  dmsRights,
  dmsUsersApart,
  targetReplicaRole,
  loginRights,
  reverseUsers,
  reverseUsersApart,
  reverseRights,
  reverseReplicaRole,
  reverseLoginRights,
  applicationRoles,
  fenceProbe,
  rowSecurity,
  plannedTables,
  unloggedTables,
  foreignTables,
  materializedViews,
  inheritance,
  partitions,
  tableKeys,
  replicaIdentity,
  nameCase,
  columnTypes,
  numericScale,
  unboundedVarchar,
  lobSize,
  lobKeys,
  deferrableConstraints,
  largeObjects,
  sequenceLimits,
  targetTables,
  targetColumns,
  targetKeys,
  targetSequences,
  targetExtensions,
  targetSecondaryObjects,
  identityAlways,
  generatedColumns,
  targetTriggers,
  targetRules,
  targetEmpty,
  targetSessions,
  subscriptions,
  eventTriggers,
  existingSlots,
  longTransactions,
  preparedTransactions,
  lockSlots,
  ...serverStateChecks,
  ...accessChecks,
  ...valueChecks,
  ...parityChecks,
]
