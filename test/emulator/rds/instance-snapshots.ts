import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { describeSnapshot } from './describe-snapshot.ts'
import { applyRdsFilters } from './rds-input.ts'
import type { InstanceRecord } from './records.ts'
import { findInstance } from './resources.ts'
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

/** Throws where a snapshot of a single instance was asked for, but a cluster has the storage. */
function demandStandalone(instance: InstanceRecord): void {
  if (instance.clusterIdentifier === undefined) return
  throw new AwsError(
    'InvalidParameterValue',
    `The specified instance is a member of a cluster and a snapshot cannot be created directly. Please use the CreateDBClusterSnapshot API instead.`,
  )
}

export function instanceSnapshotOperations(emulator: Emulator): Record<string, Operation> {
  const kind = 'instance'
  return {
    CreateDBSnapshot: operation(
      z.strictObject({ DBSnapshotIdentifier: z.string(), DBInstanceIdentifier: z.string(), Tags: tagsInput }),
      'changes',
      async (input) => {
        const instance = findInstance(emulator, input.DBInstanceIdentifier)
        demandStandalone(instance)
        if (instance.status !== 'available') {
          throw new AwsError(
            'InvalidDBInstanceState',
            `Instance ${instance.identifier} is not currently available.`,
          )
        }
        const tags = tagsOf(input.Tags)
        const snapshot = await takeSnapshot(emulator, kind, input.DBSnapshotIdentifier, instance, tags)
        return { DBSnapshot: describeSnapshot({ owner: emulator, snapshot }) }
      },
    ),
    DescribeDBSnapshots: operation(
      z.strictObject({
        ...describeSnapshotsInput,
        DBSnapshotIdentifier: z.string().optional(),
        DBInstanceIdentifier: z.string().optional(),
      }),
      'reads',
      (input) => {
        const found = listSnapshots(emulator, kind, {
          snapshot: input.DBSnapshotIdentifier,
          source: input.DBInstanceIdentifier,
          type: input.SnapshotType,
          shared: input.IncludeShared ?? false,
        })
        const matching = applyRdsFilters(found, input.Filters, {
          'db-snapshot-id': ({ snapshot }) => [snapshot.identifier],
          'db-instance-id': ({ snapshot }) => [snapshot.source.identifier],
          'snapshot-type': () => ['manual'],
          engine: ({ snapshot }) => [snapshot.source.engine],
        })
        const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
        return { DBSnapshots: entries.map(describeSnapshot), ...marker }
      },
    ),
    CopyDBSnapshot: operation(
      z.strictObject({
        SourceDBSnapshotIdentifier: z.string(),
        TargetDBSnapshotIdentifier: z.string(),
        KmsKeyId: z.string().optional(),
        Tags: tagsInput,
      }),
      'changes',
      async (input) => ({
        DBSnapshot: describeSnapshot(
          await copySnapshot(emulator, kind, {
            source: input.SourceDBSnapshotIdentifier,
            target: input.TargetDBSnapshotIdentifier,
            key: input.KmsKeyId,
            tags: tagsOf(input.Tags),
          }),
        ),
      }),
    ),
    ModifyDBSnapshotAttribute: operation(
      z.strictObject({ ...sharingInput, DBSnapshotIdentifier: z.string() }),
      'changes',
      (input) => {
        const snapshot = findSnapshot(emulator, kind, input.DBSnapshotIdentifier)
        shareSnapshot(emulator, snapshot, input.ValuesToAdd ?? [], input.ValuesToRemove ?? [])
        const DBSnapshotAttributes = attributesOf(snapshot)
        return {
          DBSnapshotAttributesResult: { DBSnapshotIdentifier: snapshot.identifier, DBSnapshotAttributes },
        }
      },
    ),
    DescribeDBSnapshotAttributes: operation(
      z.strictObject({ DBSnapshotIdentifier: z.string() }),
      'reads',
      (input) => {
        const snapshot = findSnapshot(emulator, kind, input.DBSnapshotIdentifier)
        const DBSnapshotAttributes = attributesOf(snapshot)
        return {
          DBSnapshotAttributesResult: { DBSnapshotIdentifier: snapshot.identifier, DBSnapshotAttributes },
        }
      },
    ),
    DeleteDBSnapshot: operation(z.strictObject({ DBSnapshotIdentifier: z.string() }), 'changes', (input) => ({
      DBSnapshot: {
        ...describeSnapshot(
          removeSnapshot(emulator, findSnapshot(emulator, kind, input.DBSnapshotIdentifier)),
        ),
        Status: 'deleted',
      },
    })),
  }
}
