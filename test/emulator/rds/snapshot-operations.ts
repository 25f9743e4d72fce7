import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { defaultKeyArn } from '../kms/keys.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { flexibleBoolean, flexibleList } from '../protocol/query-values.ts'
import { demandKey, demandReadable, keyNotAccessible } from './encryption.ts'
import { pagingInput, rdsFilters } from './rds-input.ts'
import type { SnapshotRecord } from './records.ts'
import { snapshotArn } from './resources.ts'
import { settleSnapshot } from './settling.ts'
import {
  addSnapshot,
  demandAvailable,
  findReadableSnapshot,
  findSnapshot,
  restorable,
  sharedSnapshots,
  snapshotFaults,
} from './snapshots.ts'
import type { OwnedSnapshot, SnapshotKind } from './snapshots.ts'

/** Which snapshots are asked for, whatever the parameters of the kind are called. */
interface Wanted {
  readonly snapshot: string | undefined
  readonly source: string | undefined
  readonly type: string | undefined
  readonly shared: boolean
}

/** Snapshots of this account, and those that others shared with it where they are asked for. */
export function listSnapshots(emulator: Emulator, kind: SnapshotKind, wanted: Wanted): OwnedSnapshot[] {
  if (wanted.snapshot?.startsWith('arn:')) return [findReadableSnapshot(emulator, kind, wanted.snapshot)]
  const own = emulator
    .visible(emulator.store.state.rds.snapshots)
    .filter((snapshot) => snapshot.kind === kind)
    .map((snapshot) => ({ owner: emulator, snapshot }))
  const foreign = wanted.shared || wanted.type === 'shared' ? sharedSnapshots(emulator, kind) : []
  const matching = [...(wanted.type === 'shared' ? [] : own), ...foreign].filter(
    ({ snapshot }) =>
      (wanted.snapshot ?? snapshot.identifier).toLowerCase() === snapshot.identifier &&
      (wanted.source ?? snapshot.source.identifier).toLowerCase() ===
        snapshot.source.identifier.toLowerCase() &&
      ['manual', 'shared'].includes(wanted.type ?? 'manual'),
  )
  if (matching.length === 0 && wanted.snapshot !== undefined) findSnapshot(emulator, kind, wanted.snapshot)
  return matching
}

/** A copy gets the key that is named, or the original's; of an encrypted one of another account a key must be named. */
export async function copySnapshot(
  emulator: Emulator,
  kind: SnapshotKind,
  input: { source: string; target: string; key: string | undefined; tags: Record<string, string> },
): Promise<OwnedSnapshot> {
  const { owner, snapshot } = findReadableSnapshot(emulator, kind, input.source)
  demandAvailable(snapshot)
  if (input.key !== undefined && !snapshot.storageEncrypted) {
    throw new AwsError(
      'InvalidParameterCombination',
      'KmsKeyId cannot be given for a snapshot that is not encrypted.',
    )
  }
  demandReadable(emulator, owner, snapshot)
  if (input.key === undefined && owner !== emulator && snapshot.storageEncrypted) {
    throw keyNotAccessible('None')
  }
  const copied = await addSnapshot(emulator, {
    kind,
    identifier: input.target,
    source: restorable(snapshot, snapshot.source),
    origin: { kind: 'snapshot', volume: snapshot.volume?.id ?? '' },
    kmsKeyId: input.key === undefined ? snapshot.kmsKeyId : demandKey(emulator, input.key),
    tags: input.tags,
    copyOf: snapshotArn(owner, snapshot),
  })
  return { owner: emulator, snapshot: copied }
}

export const sharingInput = {
  AttributeName: z.literal('restore'),
  ValuesToAdd: flexibleList(z.string()).optional(),
  ValuesToRemove: flexibleList(z.string()).optional(),
}

/** Throws the state fault of the kind where it is encrypted so that nobody else could read it. */
export function shareSnapshot(
  emulator: Emulator,
  snapshot: SnapshotRecord,
  add: readonly string[],
  remove: readonly string[],
): void {
  const { state } = snapshotFaults[snapshot.kind]
  demandAvailable(snapshot)
  if (add.length > 0 && snapshot.kmsKeyId === defaultKeyArn(emulator)) {
    throw new AwsError(
      state,
      'Snapshots encrypted with the default KMS key of the account (aws/rds) cannot be shared: copy it with a key of your own.',
    )
  }
  if (add.includes('all') && snapshot.storageEncrypted) {
    throw new AwsError('InvalidParameterValue', 'Encrypted snapshots cannot be shared with all accounts.')
  }
  const wrong = add.find((value) => value !== 'all' && !/^\d{12}$/.test(value))
  if (wrong !== undefined) throw new AwsError('InvalidParameterValue', `${wrong} is no account.`)
  snapshot.sharedWith = [...new Set([...snapshot.sharedWith, ...add])].filter(
    (account) => !remove.includes(account),
  )
  emulator.store.save()
}

export const attributesOf = ({ sharedWith }: SnapshotRecord): Record<string, unknown>[] => [
  { AttributeName: 'restore', AttributeValues: sharedWith },
]

export function removeSnapshot(emulator: Emulator, snapshot: SnapshotRecord): OwnedSnapshot {
  demandAvailable(snapshot)
  snapshot.status = 'deleting'
  emulator.store.save()
  settleSnapshot(emulator, snapshot)
  return { owner: emulator, snapshot }
}

export const describeSnapshotsInput = {
  ...pagingInput,
  Filters: rdsFilters,
  SnapshotType: z.string().optional(),
  IncludeShared: flexibleBoolean.optional(),
}
