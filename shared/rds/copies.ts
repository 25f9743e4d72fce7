import {
  CopyDBClusterSnapshotCommand,
  CopyDBSnapshotCommand,
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  ModifyDBSnapshotAttributeCommand,
  PromoteReadReplicaDBClusterCommand,
  RestoreDBClusterFromSnapshotCommand,
  RestoreDBClusterToPointInTimeCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  type RDSClient,
  type Tag,
} from '@aws-sdk/client-rds'
import type { CopyState, ServerKind } from './copy-states.ts'
import { call } from './service-call.ts'

/** Settings of a server that is to be made. */
export interface NewServer {
  readonly identifier: string
  readonly class: string
  readonly subnetGroup: string | undefined
  readonly securityGroups: readonly string[]
  readonly parameterGroup: string | undefined
  readonly kmsKey: string | undefined
  readonly tags: readonly Tag[]
}

/** The calls by which RDS copies a server. Everything that is made carries the migration's tags. */
export interface RdsCopies {
  /** Copy-on-write clone of a cluster, which may belong to another account (Aurora User Guide, Cloning). */
  cloneCluster(sourceArn: string, server: NewServer): Promise<void>
  /** Read replica of an RDS instance (Aurora User Guide, Migrating from RDS for PostgreSQL using a read replica). */
  replicaCluster(source: CopyState, server: NewServer): Promise<void>
  promote(cluster: string): Promise<void>
  /** The writer of a cluster: without one nobody can log in. */
  writer(cluster: CopyState, server: NewServer): Promise<void>
  snapshot(kind: ServerKind, source: string, snapshot: string, tags: readonly Tag[]): Promise<void>
  /** Lets another account restore from it. */
  share(kind: ServerKind, snapshot: string, account: string): Promise<void>
  /** An encrypted snapshot of another account has to be copied under a key of one's own before it is restored. */
  copySnapshot(
    kind: ServerKind,
    sourceArn: string,
    snapshot: string,
    options: { readonly kmsKey: string | undefined; readonly tags: readonly Tag[] },
  ): Promise<void>
  restore(kind: ServerKind, snapshot: CopyState, server: NewServer): Promise<void>
}

/** The port over the real client of one account; `signal` ends calls that are under way. */
export function rdsCopies(client: RDSClient, signal: AbortSignal): RdsCopies {
  const http = { abortSignal: signal }
  return {
    cloneCluster: async (sourceArn, server) => {
      const command = new RestoreDBClusterToPointInTimeCommand({
        ...clusterInput(server),
        SourceDBClusterIdentifier: sourceArn,
        RestoreType: 'copy-on-write',
        UseLatestRestorableTime: true,
      })
      await call('RestoreDBClusterToPointInTime', server.identifier, () => client.send(command, http))
    },

    replicaCluster: async (source, server) => {
      const command = new CreateDBClusterCommand({
        ...clusterInput(server),
        Engine: 'aurora-postgresql',
        EngineVersion: source.engineVersion,
        ReplicationSourceIdentifier: source.arn,
        ...(source.kmsKey === undefined ? {} : { StorageEncrypted: true }),
      })
      await call('CreateDBCluster', server.identifier, () => client.send(command, http))
    },

    promote: async (cluster) => {
      const command = new PromoteReadReplicaDBClusterCommand({ DBClusterIdentifier: cluster })
      await call('PromoteReadReplicaDBCluster', cluster, () => client.send(command, http))
    },

    writer: async (cluster, server) => {
      const command = new CreateDBInstanceCommand({
        DBInstanceIdentifier: server.identifier,
        DBClusterIdentifier: cluster.identifier,
        DBInstanceClass: server.class,
        Engine: cluster.engine,
        PubliclyAccessible: false,
        Tags: [...server.tags],
      })
      await call('CreateDBInstance', server.identifier, () => client.send(command, http))
    },

    snapshot: async (kind, source, snapshot, tags) => {
      if (kind === 'cluster') {
        const command = new CreateDBClusterSnapshotCommand({
          DBClusterIdentifier: source,
          DBClusterSnapshotIdentifier: snapshot,
          Tags: [...tags],
        })
        await call('CreateDBClusterSnapshot', snapshot, () => client.send(command, http))
        return
      }
      const command = new CreateDBSnapshotCommand({
        DBInstanceIdentifier: source,
        DBSnapshotIdentifier: snapshot,
        Tags: [...tags],
      })
      await call('CreateDBSnapshot', snapshot, () => client.send(command, http))
    },

    share: async (kind, snapshot, account) => {
      const attribute = { AttributeName: 'restore', ValuesToAdd: [account] }
      if (kind === 'cluster') {
        const command = new ModifyDBClusterSnapshotAttributeCommand({
          DBClusterSnapshotIdentifier: snapshot,
          ...attribute,
        })
        await call('ModifyDBClusterSnapshotAttribute', snapshot, () => client.send(command, http))
        return
      }
      const command = new ModifyDBSnapshotAttributeCommand({ DBSnapshotIdentifier: snapshot, ...attribute })
      await call('ModifyDBSnapshotAttribute', snapshot, () => client.send(command, http))
    },

    copySnapshot: async (kind, sourceArn, snapshot, { kmsKey, tags }) => {
      const options = { ...(kmsKey === undefined ? {} : { KmsKeyId: kmsKey }), Tags: [...tags] }
      if (kind === 'cluster') {
        const command = new CopyDBClusterSnapshotCommand({
          SourceDBClusterSnapshotIdentifier: sourceArn,
          TargetDBClusterSnapshotIdentifier: snapshot,
          ...options,
        })
        await call('CopyDBClusterSnapshot', snapshot, () => client.send(command, http))
        return
      }
      const command = new CopyDBSnapshotCommand({
        SourceDBSnapshotIdentifier: sourceArn,
        TargetDBSnapshotIdentifier: snapshot,
        ...options,
      })
      await call('CopyDBSnapshot', snapshot, () => client.send(command, http))
    },

    restore: async (kind, snapshot, server) => {
      if (kind === 'cluster') {
        const command = new RestoreDBClusterFromSnapshotCommand({
          ...clusterInput(server),
          SnapshotIdentifier: snapshot.arn,
          Engine: snapshot.engine,
        })
        await call('RestoreDBClusterFromSnapshot', server.identifier, () => client.send(command, http))
        return
      }
      const command = new RestoreDBInstanceFromDBSnapshotCommand({
        DBInstanceIdentifier: server.identifier,
        DBSnapshotIdentifier: snapshot.arn,
        DBInstanceClass: server.class,
        ...(server.subnetGroup === undefined ? {} : { DBSubnetGroupName: server.subnetGroup }),
        ...(server.securityGroups.length === 0 ? {} : { VpcSecurityGroupIds: [...server.securityGroups] }),
        ...(server.parameterGroup === undefined ? {} : { DBParameterGroupName: server.parameterGroup }),
        PubliclyAccessible: false,
        DeletionProtection: true,
        Tags: [...server.tags],
      })
      await call('RestoreDBInstanceFromDBSnapshot', server.identifier, () => client.send(command, http))
    },
  }
}

function clusterInput(server: NewServer) {
  return {
    DBClusterIdentifier: server.identifier,
    ...(server.subnetGroup === undefined ? {} : { DBSubnetGroupName: server.subnetGroup }),
    ...(server.securityGroups.length === 0 ? {} : { VpcSecurityGroupIds: [...server.securityGroups] }),
    ...(server.parameterGroup === undefined ? {} : { DBClusterParameterGroupName: server.parameterGroup }),
    ...(server.kmsKey === undefined ? {} : { KmsKeyId: server.kmsKey }),
    // It is to be a production database.
    DeletionProtection: true,
    Tags: [...server.tags],
  }
}
