import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { describeSnapshot } from './describe-snapshot.ts'
import { applyRdsFilters } from './rds-input.ts'
import type { SnapshotRecord } from './records.ts'
import { findCluster } from './resources.ts'
import {
  attributesOf,
  copySnapshot,
  describeSnapshotsInput,
  listSnapshots,
  removeSnapshot,
  shareSnapshot,
  sharingInput,
} from './snapshot-operations.ts'
import { findSnapshot, takeSnapshot } from './snapshots.ts'
import { tagsInput, tagsOf } from './tags.ts'

export function clusterSnapshotOperations(emulator: Emulator): Record<string, Operation> {
  const kind = 'cluster'
  return {
    CreateDBClusterSnapshot: operation(
      z.strictObject({
        DBClusterSnapshotIdentifier: z.string(),
        DBClusterIdentifier: z.string(),
        Tags: tagsInput,
      }),
      'changes',
      async (input) => {
        const cluster = findCluster(emulator, input.DBClusterIdentifier)
        if (cluster.status !== 'available') {
          throw new AwsError(
            'InvalidDBClusterStateFault',
            `Cluster ${cluster.identifier} is not currently available.`,
          )
        }
        const tags = tagsOf(input.Tags)
        const snapshot = await takeSnapshot(emulator, kind, input.DBClusterSnapshotIdentifier, cluster, tags)
        return { DBClusterSnapshot: describeSnapshot({ owner: emulator, snapshot }) }
      },
    ),
    DescribeDBClusterSnapshots: operation(
      z.strictObject({
        ...describeSnapshotsInput,
        DBClusterSnapshotIdentifier: z.string().optional(),
        DBClusterIdentifier: z.string().optional(),
      }),
      'reads',
      (input) => {
        const found = listSnapshots(emulator, kind, {
          snapshot: input.DBClusterSnapshotIdentifier,
          source: input.DBClusterIdentifier,
          type: input.SnapshotType,
          shared: input.IncludeShared ?? false,
        })
        const matching = applyRdsFilters(found, input.Filters, {
          'db-cluster-snapshot-id': ({ snapshot }) => [snapshot.identifier],
          'db-cluster-id': ({ snapshot }) => [snapshot.source.identifier],
          'snapshot-type': () => ['manual'],
          engine: ({ snapshot }) => [snapshot.source.engine],
        })
        const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
        return { DBClusterSnapshots: entries.map(describeSnapshot), ...marker }
      },
    ),
    CopyDBClusterSnapshot: operation(
      z.strictObject({
        SourceDBClusterSnapshotIdentifier: z.string(),
        TargetDBClusterSnapshotIdentifier: z.string(),
        KmsKeyId: z.string().optional(),
        Tags: tagsInput,
      }),
      'changes',
      async (input) => ({
        DBClusterSnapshot: describeSnapshot(
          await copySnapshot(emulator, kind, {
            source: input.SourceDBClusterSnapshotIdentifier,
            target: input.TargetDBClusterSnapshotIdentifier,
            key: input.KmsKeyId,
            tags: tagsOf(input.Tags),
          }),
        ),
      }),
    ),
    ModifyDBClusterSnapshotAttribute: operation(
      z.strictObject({ ...sharingInput, DBClusterSnapshotIdentifier: z.string() }),
      'changes',
      (input) => {
        const snapshot = findSnapshot(emulator, kind, input.DBClusterSnapshotIdentifier)
        shareSnapshot(emulator, snapshot, input.ValuesToAdd ?? [], input.ValuesToRemove ?? [])
        return clusterAttributes(snapshot)
      },
    ),
    DescribeDBClusterSnapshotAttributes: operation(
      z.strictObject({ DBClusterSnapshotIdentifier: z.string() }),
      'reads',
      (input) => clusterAttributes(findSnapshot(emulator, kind, input.DBClusterSnapshotIdentifier)),
    ),
    DeleteDBClusterSnapshot: operation(
      z.strictObject({ DBClusterSnapshotIdentifier: z.string() }),
      'changes',
      (input) => ({
        DBClusterSnapshot: {
          ...describeSnapshot(
            removeSnapshot(emulator, findSnapshot(emulator, kind, input.DBClusterSnapshotIdentifier)),
          ),
          Status: 'deleted',
        },
      }),
    ),
  }
}

function clusterAttributes(snapshot: SnapshotRecord): Record<string, unknown> {
  return {
    DBClusterSnapshotAttributesResult: {
      DBClusterSnapshotIdentifier: snapshot.identifier,
      DBClusterSnapshotAttributes: attributesOf(snapshot),
    },
  }
}
