import type { Migration } from '../migration/schema.ts'
import type { CopyState, ServerKind } from '../rds/copy-states.ts'
import { MigrationError } from '../runtime/errors.ts'
import { poll } from '../runtime/poll.ts'
import { available, ensureMade, newServer, original, type CopyWork, type ServerWish } from './copy-server.ts'
import { ensureSnapshot } from './snapshot.ts'

/** The server of the target, where the migration makes it: by `load`, or by `schema: { aurora-replica }`. */
export type CopyMethod =
  | { readonly by: 'aurora-clone'; readonly wish: ServerWish }
  | { readonly by: 'snapshot'; readonly wish: ServerWish; readonly snapshot: string | undefined }
  | { readonly by: 'aurora-replica'; readonly wish: ServerWish }

/** How the migration makes its target; undefined where the target is there already. Pure. */
export function copyMethod(migration: Pick<Migration, 'load' | 'schema'>): CopyMethod | undefined {
  const { load, schema } = migration
  if (load.by === 'aurora-clone') return { by: load.by, wish: load }
  if (load.by === 'snapshot') return { by: load.by, wish: load, snapshot: load.snapshot }
  if (typeof schema === 'object' && 'aurora-replica' in schema)
    return { by: 'aurora-replica', wish: schema['aurora-replica'] }
  return undefined
}

/** Kind and name of the target's server. Pure. */
export function targetServer({ target }: Pick<Migration, 'target'>): {
  readonly kind: ServerKind
  readonly identifier: string
} {
  const cluster = target['rds-cluster']
  return cluster === undefined
    ? { kind: 'instance', identifier: target['rds-instance'] ?? '' }
    : { kind: 'cluster', identifier: cluster }
}

/**
 * Makes the target's server, or adopts the one that a former run began, and waits until it can be logged in to. Gives
 * undefined in a dry run where it is not there.
 */
export async function makeServer(
  work: CopyWork,
  migration: Migration,
  method: CopyMethod,
): Promise<CopyState | undefined> {
  const { kind, identifier } = targetServer(migration)
  const server = newServer(work, identifier, method.wish)
  const look = () => work.target.states.server(kind, identifier)
  const made = { kind: kind === 'cluster' ? 'db-cluster' : 'db-instance', identifier, look } as const
  if (method.by === 'aurora-clone') {
    const name = migration.source['rds-cluster'] ?? ''
    const source = await original(work, 'cluster', name, 'source.rds-cluster')
    const clone = await ensureMade(work, {
      ...made,
      what: `a clone of ${name}`,
      call: 'RestoreDBClusterToPointInTime',
      make: () => work.target.copies.cloneCluster(source.arn, server),
    })
    return ensureWriter(work, clone, method.wish)
  }
  if (method.by === 'aurora-replica') {
    const name = migration.source['rds-instance'] ?? ''
    const source = await original(work, 'instance', name, 'source.rds-instance')
    const replica = await ensureMade(work, {
      ...made,
      what: `an Aurora read replica of ${name}`,
      call: 'CreateDBCluster',
      make: () => work.target.copies.replicaCluster(source, server),
    })
    return ensureWriter(work, replica, method.wish)
  }
  // A server that is there needs its snapshot no more, and whoever deleted that wants no other one.
  const snapshot = (await look()) ?? (await ensureSnapshot(work, migration, method))
  if (snapshot === undefined) return undefined
  const restored = await ensureMade(work, {
    ...made,
    what: `restored from the snapshot ${snapshot.identifier}`,
    call: kind === 'cluster' ? 'RestoreDBClusterFromSnapshot' : 'RestoreDBInstanceFromDBSnapshot',
    make: () => work.target.copies.restore(kind, snapshot, server),
  })
  return kind === 'cluster' ? ensureWriter(work, restored, method.wish) : restored
}

/** A cluster without an instance cannot be logged in to. */
async function ensureWriter(
  work: CopyWork,
  cluster: CopyState | undefined,
  wish: ServerWish,
): Promise<CopyState | undefined> {
  if (cluster === undefined) return undefined
  const identifier = `${cluster.identifier}-1`
  await ensureMade(work, {
    kind: 'db-instance',
    identifier,
    what: `the writer of ${cluster.identifier}`,
    call: 'CreateDBInstance',
    look: () => work.target.states.server('instance', identifier),
    make: () => work.target.copies.writer(cluster, newServer(work, identifier, wish)),
  })
  return cluster
}

/**
 * Ends the replication of an Aurora read replica, so that it can be written to; one that was promoted is left. Throws
 * `unavailable` where it takes longer than an hour.
 */
export async function promoteReplica(work: CopyWork, cluster: CopyState): Promise<void> {
  const { identifier } = cluster
  const look = () => work.target.states.server('cluster', identifier)
  if ((await look())?.replicates !== undefined) {
    await work.target.copies.promote(identifier)
    const line = `promoted ${identifier} (PromoteReadReplicaDBCluster): it is a cluster of its own now`
    work.changes.push(line)
    work.context.log.line(line)
  }
  const { clock, signal, log } = work.context
  await poll(
    async () => {
      const seen = await look()
      if (seen === undefined) throw new MigrationError('precondition', `${identifier} has gone`)
      if (seen.replicates === undefined) return { done: true, value: undefined }
      return { done: false, reason: `${identifier} is ${seen.status}`, progress: seen.status }
    },
    {
      clock,
      signal,
      deadlineMs: 3_600_000,
      what: `the promotion of ${identifier}`,
      remedy: 'Read its events in the RDS console, then run the job again.',
      onReason: (reason) => log.line(reason),
    },
  )
  await available(work, identifier, look)
}
