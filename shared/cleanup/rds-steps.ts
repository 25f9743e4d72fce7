import { DeleteDBClusterSnapshotCommand, DeleteDBSnapshotCommand, RDSClient } from '@aws-sdk/client-rds'
import { sideAccount } from '../aws/accounts.ts'
import { awsClientOptions } from '../aws/client-options.ts'
import { migrationTag } from '../dms/tags.ts'
import { copyStates, type CopyState, type ServerKind } from '../rds/copy-states.ts'
import { call } from '../rds/service-call.ts'
import { poll } from '../runtime/poll.ts'
import { belongsTo } from './belonging.ts'
import type { CleanupStep } from './cleanup-step.ts'
import { forgetResource, recordedResources, sides, type CleanupWork } from './work.ts'

interface Snapshot {
  readonly kind: ServerKind
  readonly state: CopyState
  readonly account: 'source' | 'target'
}

export interface SnapshotSight {
  readonly ours: readonly Snapshot[]
  readonly refused: readonly { readonly arn: string; readonly owner: string }[]
}

const snapshotArn = /:(snapshot|cluster-snapshot):(.+)$/u

/**
 * Snapshots that were made to copy the source, in the accounts of both sides. Servers are not looked for: one that the migration
 * made is somebody's database by now, and is never deleted here.
 */
export async function readSnapshots(work: CleanupWork): Promise<SnapshotSight> {
  const { migration, named, context } = work
  const recorded = recordedResources(work)
  const wanted: { kind: ServerKind; identifier: string; arn: string | undefined }[] = recorded.flatMap(
    ({ kind, identifier }) =>
      kind === 'db-snapshot' || kind === 'db-cluster-snapshot'
        ? [{ kind: kind === 'db-snapshot' ? 'instance' : 'cluster', identifier, arn: undefined }]
        : [],
  )
  for (const arn of named.arns) {
    const [, kind, identifier = ''] = snapshotArn.exec(arn) ?? []
    if (kind !== undefined)
      wanted.push({ kind: kind === 'snapshot' ? 'instance' : 'cluster', identifier, arn })
  }
  const ours = new Map<string, Snapshot>()
  const refused: { arn: string; owner: string }[] = []
  if (wanted.length === 0) return { ours: [], refused }
  for (const account of sides) {
    const client = new RDSClient(awsClientOptions(sideAccount(migration, account)))
    try {
      for (const { kind, identifier, arn } of wanted) {
        const state = await copyStates(client, context.signal).snapshot(kind, identifier)
        if (state === undefined || (arn !== undefined && arn !== state.arn)) continue
        const owner = state.tags[migrationTag]
        const verdict = belongsTo({ ...state, owner }, migration.name, recorded, named.arns)
        if (verdict === 'ours' || verdict === 'named') {
          if (!ours.has(state.arn)) ours.set(state.arn, { kind, state, account })
        } else if (arn !== undefined) refused.push({ arn, owner: owner ?? '' })
      }
    } finally {
      client.destroy()
    }
  }
  return { ours: [...ours.values()], refused }
}

/** Deletes them. */
export function snapshotSteps(work: CleanupWork, { ours }: SnapshotSight): CleanupStep[] {
  return ours.map(({ kind, state, account }) => ({
    id: `delete ${state.arn}`,
    where: 'AWS' as const,
    title: `delete the snapshot ${state.identifier}`,
    commands: [
      `${kind === 'cluster' ? 'DeleteDBClusterSnapshot' : 'DeleteDBSnapshot'} ${state.identifier} (account of the ${account})`,
    ],
    after: [],
    removes: state.identifier,
    perform: async () => {
      const client = new RDSClient(awsClientOptions(sideAccount(work.migration, account)))
      try {
        await removeSnapshot(work, client, kind, state.identifier)
      } finally {
        client.destroy()
      }
      await forgetResource(work, state.identifier)
    },
  }))
}

async function removeSnapshot(
  work: CleanupWork,
  client: RDSClient,
  kind: ServerKind,
  identifier: string,
): Promise<void> {
  const { clock, signal, log } = work.context
  const http = { abortSignal: signal }
  let asked = false
  await poll(
    async () => {
      const found = await copyStates(client, signal).snapshot(kind, identifier)
      if (found === undefined) return { done: true, value: undefined }
      if (!asked && found.status !== 'deleting') {
        asked = true
        await (kind === 'cluster'
          ? call('DeleteDBClusterSnapshot', identifier, () =>
              client.send(
                new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: identifier }),
                http,
              ),
            )
          : call('DeleteDBSnapshot', identifier, () =>
              client.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: identifier }), http),
            ))
      }
      return { done: false, reason: `the snapshot ${identifier} is ${found.status}`, progress: found.status }
    },
    {
      clock,
      signal,
      deadlineMs: 1_800_000,
      what: `the deletion of the snapshot ${identifier}`,
      remedy: 'Look at it in the RDS console, then run cleanup again.',
      onReason: (reason) => log.debug(reason),
    },
  )
}
