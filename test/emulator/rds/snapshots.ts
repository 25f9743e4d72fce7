import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { keyOf } from './encryption.ts'
import { demandCopyable, demandVolume, newVolume } from './make-data.ts'
import type { ClusterRecord, DataOrigin, InstanceRecord, SnapshotRecord } from './records.ts'
import { clusterArn, instanceArn, isNamed, newIdentifier, readArn, snapshotArn } from './resources.ts'
import { settleSnapshot } from './settling.ts'

export type SnapshotKind = SnapshotRecord['kind']

/** Instances and clusters have the same snapshots under different names; these are the fault codes of the API's model. */
export const snapshotFaults = {
  instance: {
    parameter: 'DBSnapshotIdentifier',
    missing: 'DBSnapshotNotFound',
    exists: 'DBSnapshotAlreadyExists',
    state: 'InvalidDBSnapshotState',
  },
  cluster: {
    parameter: 'DBClusterSnapshotIdentifier',
    missing: 'DBClusterSnapshotNotFoundFault',
    exists: 'DBClusterSnapshotAlreadyExistsFault',
    state: 'InvalidDBClusterSnapshotStateFault',
  },
} as const

/** A snapshot and the account that it belongs to. */
export interface OwnedSnapshot {
  readonly owner: Emulator
  readonly snapshot: SnapshotRecord
}

/** A snapshot of this account by name or ARN. Throws the not-found fault of its kind. */
export function findSnapshot(emulator: Emulator, kind: SnapshotKind, wanted: string): SnapshotRecord {
  const found = emulator.store.state.rds.snapshots.find(
    (snapshot) =>
      snapshot.kind === kind && isNamed(snapshot.identifier, snapshotArn(emulator, snapshot), wanted),
  )
  if (!found) throw snapshotNotFound(kind, wanted)
  return found
}

/** The same, or, by its ARN, one that another account in this region shared with this one. */
export function findReadableSnapshot(emulator: Emulator, kind: SnapshotKind, wanted: string): OwnedSnapshot {
  const arn = readArn(wanted)
  const { account, region } = emulator.config
  if (!arn || (arn.account === account && arn.region === region)) {
    return { owner: emulator, snapshot: findSnapshot(emulator, kind, wanted) }
  }
  const owner = emulator.accounts.at(arn.account, arn.region)
  if (!owner || arn.region !== region) throw snapshotNotFound(kind, wanted)
  const snapshot = findSnapshot(owner, kind, wanted)
  if (!isShared(snapshot, account)) throw snapshotNotFound(kind, wanted)
  return { owner, snapshot }
}

/** The snapshots of other accounts in this region that were shared with this one. */
export function sharedSnapshots(emulator: Emulator, kind: SnapshotKind): OwnedSnapshot[] {
  const { account, region } = emulator.config
  return emulator.accounts
    .all()
    .filter(({ config }) => config.account !== account && config.region === region)
    .flatMap((owner) =>
      owner.store.state.rds.snapshots
        .filter((snapshot) => snapshot.kind === kind && isShared(snapshot, account))
        .map((snapshot) => ({ owner, snapshot })),
    )
}

function isShared({ sharedWith }: SnapshotRecord, account: string): boolean {
  return sharedWith.includes(account) || sharedWith.includes('all')
}

function snapshotNotFound(kind: SnapshotKind, wanted: string): AwsError {
  const what = kind === 'cluster' ? 'DBClusterSnapshot' : 'DBSnapshot'
  return new AwsError(snapshotFaults[kind].missing, `${what} ${wanted} not found.`, 404)
}

/** Throws the state fault of the kind unless a snapshot is available. */
export function demandAvailable({ kind, identifier, status }: SnapshotRecord): void {
  if (status === 'available') return
  throw new AwsError(snapshotFaults[kind].state, `The snapshot ${identifier} is ${status}, not available.`)
}

interface NewSnapshot {
  readonly kind: SnapshotKind
  readonly identifier: string
  readonly source: InstanceRecord | ClusterRecord
  readonly origin: DataOrigin
  readonly kmsKeyId: string | undefined
  readonly tags: Record<string, string>
  readonly copyOf?: string
}

/** Takes a snapshot of an instance or a cluster of this account, with the slots that are on it. */
export async function takeSnapshot(
  emulator: Emulator,
  kind: SnapshotKind,
  identifier: string,
  source: InstanceRecord | ClusterRecord,
  tags: Record<string, string>,
): Promise<SnapshotRecord> {
  demandCopyable(source)
  const origin: DataOrigin =
    kind === 'cluster'
      ? { kind: 'copy-of-cluster', arn: clusterArn(emulator, source.identifier) }
      : { kind: 'copy-of-instance', arn: instanceArn(emulator, source.identifier) }
  return addSnapshot(emulator, { kind, identifier, source, origin, kmsKeyId: keyOf(emulator, source), tags })
}

/** Records a snapshot and begins to make it. Throws the fault of its kind where the name is taken. */
export async function addSnapshot(emulator: Emulator, made: NewSnapshot): Promise<SnapshotRecord> {
  // Before the rest, so that nothing can happen between looking whether the name is free and taking it.
  const volume = demandVolume(await newVolume(made.source), made.source.identifier)
  const { snapshots } = emulator.store.state.rds
  const { parameter, exists } = snapshotFaults[made.kind]
  const identifier = newIdentifier(parameter, made.identifier)
  if (snapshots.some((other) => other.kind === made.kind && other.identifier === identifier)) {
    throw new AwsError(
      exists,
      `Cannot create the snapshot because one with the identifier ${identifier} already exists.`,
    )
  }
  const snapshot: SnapshotRecord = {
    kind: made.kind,
    identifier,
    status: 'creating',
    source: structuredClone(made.source),
    storageEncrypted: made.kmsKeyId !== undefined,
    ...(made.kmsKeyId !== undefined && { kmsKeyId: made.kmsKeyId }),
    sharedWith: [],
    ...(made.copyOf !== undefined && { copyOf: made.copyOf }),
    createdAt: new Date().toISOString(),
    tags: made.tags,
    volume,
    origin: made.origin,
  }
  snapshots.push(snapshot)
  emulator.store.save()
  settleSnapshot(emulator, snapshot)
  return snapshot
}

/** What a server that is restored from a snapshot begins as; its data is the snapshot's. */
export function restorable<T extends InstanceRecord | ClusterRecord>(snapshot: SnapshotRecord, source: T): T {
  return {
    ...source,
    server: undefined,
    volume: snapshot.volume,
    storageEncrypted: snapshot.storageEncrypted,
    kmsKeyId: snapshot.kmsKeyId,
  }
}
