import { tagList } from '../dms/tags.ts'
import type { Migration } from '../migration/schema.ts'
import type { CopyState, ServerKind } from '../rds/copy-states.ts'
import { MigrationError } from '../runtime/errors.ts'
import { ensureMade, original, type CopyWork, type ServerWish } from './copy-server.ts'

/** Account id of an ARN. Pure. */
export function accountOf(arn: string): string {
  return arn.split(':')[4] ?? ''
}

/**
 * A snapshot of the source that the target's account can restore from: the one that the file names, or one taken now;
 * where source and target are different accounts it is shared, and copied under a key of the target's account.
 */
export async function ensureSnapshot(
  work: CopyWork,
  migration: Migration,
  method: { readonly snapshot: string | undefined; readonly wish: ServerWish },
): Promise<CopyState | undefined> {
  const cluster = migration.source['rds-cluster']
  const kind: ServerKind = cluster === undefined ? 'instance' : 'cluster'
  const name = cluster ?? migration.source['rds-instance'] ?? ''
  const taken = await takenSnapshot(work, kind, name, method.snapshot)
  if (taken === undefined) return undefined
  const account = await work.targetAccount()
  if (account === accountOf(taken.arn)) return taken

  if (!work.dryRun) await work.source.copies.share(kind, taken.identifier, account)
  const identifier = `${taken.identifier}-copy`
  return ensureMade(work, {
    kind: kind === 'cluster' ? 'db-cluster-snapshot' : 'db-snapshot',
    identifier,
    what: `a copy of ${taken.arn} in this account`,
    call: kind === 'cluster' ? 'CopyDBClusterSnapshot' : 'CopyDBSnapshot',
    look: () => work.target.states.snapshot(kind, identifier),
    make: () =>
      work.target.copies.copySnapshot(kind, taken.arn, identifier, {
        kmsKey: method.wish['kms-key'],
        tags: tagList(work.tags),
      }),
  })
}

async function takenSnapshot(
  work: CopyWork,
  kind: ServerKind,
  source: string,
  named: string | undefined,
): Promise<CopyState | undefined> {
  if (named !== undefined) {
    const found = await work.source.states.snapshot(kind, named)
    if (found?.status === 'available') return found
    const message = `the snapshot ${named} is ${found?.status ?? 'not there'}`
    const remedy = 'Correct its name, wait for it, or leave `load.snapshot` out: then one is taken.'
    throw new MigrationError('precondition', message, {
      remedy,
      problems: [{ field: 'load.snapshot', value: named, message, remedy }],
    })
  }
  await original(work, kind, source, kind === 'cluster' ? 'source.rds-cluster' : 'source.rds-instance')
  const identifier = `aurora-migration-${work.tags.migration}`
  return ensureMade(work, {
    kind: kind === 'cluster' ? 'db-cluster-snapshot' : 'db-snapshot',
    identifier,
    what: `a snapshot of ${source}`,
    call: kind === 'cluster' ? 'CreateDBClusterSnapshot' : 'CreateDBSnapshot',
    look: () => work.source.states.snapshot(kind, identifier),
    make: () => work.source.copies.snapshot(kind, source, identifier, tagList(work.tags)),
  })
}
