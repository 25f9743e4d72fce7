import { localOverlay, type LocalOverlay } from './local-overlay.ts'

export type StrategyName = 'A' | 'B' | 'C' | 'D' | 'E'
export const strategyNames: readonly StrategyName[] = ['A', 'B', 'C', 'D', 'E']

/** What the servers of a rehearsal are, and what AWS knows of them. */
export interface StackShape {
  readonly source: {
    readonly major: 13 | 15
    /** `none`: a server of one's own, of which RDS knows nothing. */
    readonly rds: 'instance' | 'cluster' | 'none'
    readonly identifier: string
    /** Where it is not that of the target. */
    readonly account?: string
  }
  readonly target: {
    readonly major: 15 | 17
    /** `made`: the migration makes the server. `no-schema`: it makes the schema. */
    readonly state: 'ready' | 'no-schema' | 'made'
    readonly rds: boolean
  }
  /** Account of the target, of DMS and of the job. */
  readonly account: string
  readonly replicationInstances: readonly string[]
  /** Partitions of a table that every write adds to; 0: there is no such table. */
  readonly partitions: number
}

/** One of the ways in which PostgreSQL is migrated, as an example file and the servers to rehearse it on. */
export interface Strategy {
  readonly title: string
  /** The example that a user starts from. */
  readonly example: string
  /** What this machine needs said otherwise. */
  readonly overlay: LocalOverlay
  readonly shape: StackShape
}

const account = '123456789012'

/** What the application of a rehearsal reads its database from. */
const bySecret = [{ secret: 'shop/app' }]

const onThisMachine = { writer: { host: 'localhost' }, reader: { host: 'localhost' } }

/** The stack of a rehearsal without a strategy. */
export const plainShape: StackShape = {
  source: { major: 15, rds: 'instance', identifier: 'shop-postgres' },
  target: { major: 17, state: 'ready', rds: true },
  account,
  replicationInstances: ['shop-replication'],
  partitions: 0,
}

/** What this machine offers; programs and packages that are not everywhere. */
export interface Machine {
  readonly hasPostgres13: boolean
  /** Major version of the pg_dump and psql on the PATH; undefined without them. */
  readonly dumpMajor: number | undefined
}

/** The five strategies; pure, but for what the machine offers. */
export function strategy(name: StrategyName, machine: Machine): Strategy {
  const examples = 'workflows-examples/migrations'
  switch (name) {
    case 'A':
      return {
        title: 'RDS to Aurora by full load and CDC, its schema from a promoted read replica',
        example: `${examples}/rds-to-aurora.yml`,
        overlay: {
          account,
          set: {
            schema: { 'aurora-replica': { class: 'db.r6g.large' } },
            'empty-target': 'truncate',
            'dms.replication-instance.create.subnet-group': undefined,
          },
        },
        shape: { ...plainShape, target: { major: 15, state: 'made', rds: true } },
      }
    case 'B':
      return {
        title: 'a server of one’s own to Aurora, without the RDS API',
        example: `${examples}/self-managed.yml`,
        overlay: { account, set: { 'target.rds-cluster': undefined, 'cutover.switch': bySecret } },
        shape: {
          ...plainShape,
          source: { ...plainShape.source, rds: 'none' },
          target: { ...plainShape.target, rds: false },
        },
      }
    case 'C':
      return {
        title: 'Aurora to Aurora in another account, by clone and CDC',
        example: `${examples}/cross-account-clone.yml`,
        overlay: {
          set: {
            'load.subnet-group': undefined,
            'load.security-groups': undefined,
            'cutover.quiesce': [{ command: 'echo jobs stand', resume: 'echo jobs go on' }],
          },
        },
        shape: {
          ...plainShape,
          source: { major: 15, rds: 'cluster', identifier: 'shop-aurora-source', account: '111122223333' },
          target: { major: 15, state: 'made', rds: true },
          account: '444455556666',
        },
      }
    case 'D': {
      const source = machine.hasPostgres13 ? 13 : 15
      const dumps = machine.dumpMajor !== undefined && machine.dumpMajor >= source
      return {
        title: `several major versions at once (${source} to 17), in several tasks`,
        example: `${examples}/major-upgrade.yml`,
        overlay: {
          account,
          set: {
            ...(dumps ? {} : { schema: 'existing' }),
            'dms.replication-instance': 'shop-replication',
            'cutover.switch': [
              ...bySecret,
              { command: 'echo "$AURORA_MIGRATION_HOST"', check: 'test -n "$AURORA_MIGRATION_HOST"' },
            ],
          },
        },
        shape: {
          ...plainShape,
          source: { ...plainShape.source, major: source },
          target: { major: 17, state: dumps ? 'no-schema' : 'ready', rds: true },
        },
      }
    }
    case 'E':
      return {
        title: 'very large and partitioned: 64 partitions in several tasks on two replication instances',
        example: `${examples}/partitioned.yml`,
        // A record names a host, and servers on this machine have one name for both databases.
        overlay: { account, set: { 'cutover.endpoints': { source: onThisMachine, target: onThisMachine } } },
        shape: {
          ...plainShape,
          replicationInstances: ['shop-replication', 'shop-replication-2'],
          partitions: 64,
        },
      }
  }
}

/** The strategy's example as a file for this machine. */
export function localMigration(text: string, { overlay }: Strategy): string {
  return localOverlay(text, overlay)
}
