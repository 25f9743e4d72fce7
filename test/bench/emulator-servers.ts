import { Client } from 'pg'
import type { DatabaseAddress } from '../emulator/replication/replication-job.ts'
import { openServerGroup, type PostgresServer } from '../postgres/server-group.ts'
import { SAMPLE_DATABASE } from '../workload/sample-layout.ts'
import { createSampleDatabase, randomPasswords } from '../workload/sample-database.ts'

export type Side = 'source' | 'target'

/** A 15 and a 17 with the sample database on both sides: what is moved, by ours and by the reference. */
export interface BenchServers {
  /** The superuser's URL of the sample database. */
  url(side: Side): string
  /** Where the emulated DMS goes, with its own users. */
  address(side: Side): DatabaseAddress
  /** A superuser's session whom no trigger or foreign key stops; the caller ends it. */
  connect(side: Side): Promise<Client>
  close(): Promise<void>
}

/** Starts both servers; `scale` 1 makes about 50 MB of rows. */
export async function openBenchServers(scale: number, signal: AbortSignal): Promise<BenchServers> {
  const group = await openServerGroup('bench')
  try {
    const settings = { shared_buffers: '256MB', max_wal_size: '4GB', autovacuum: 'off' }
    const start = (name: Side, major: 15 | 17): Promise<PostgresServer> =>
      group.start({ name, major, settings })
    const [source, target] = await Promise.all([start('source', 15), start('target', 17)])
    const passwords = randomPasswords()
    for (const [side, { superuserUrl }] of [
      ['source', source],
      ['target', target],
    ] as const)
      await createSampleDatabase({ superuserUrl, side, passwords, scale, signal })
    const url = (side: Side): string => {
      const changed = new URL((side === 'source' ? source : target).superuserUrl)
      changed.pathname = `/${SAMPLE_DATABASE}`
      return changed.href
    }
    return {
      url,
      address: (side) => ({
        host: '127.0.0.1',
        port: (side === 'source' ? source : target).port,
        database: SAMPLE_DATABASE,
        user: `dms_${side}`,
        password: passwords[`dms_${side}`],
        tls: false,
        ...(side === 'target' ? { afterConnectScript: 'SET session_replication_role = replica' } : {}),
        captureDdls: false,
        failTasksOnLobTruncation: true,
        trimSpaceInChar: true,
        executeTimeoutSeconds: 60,
      }),
      async connect(side) {
        const client = new Client({ connectionString: url(side) })
        await client.connect()
        await client.query('SET session_replication_role = replica')
        return client
      },
      close: () => group.close(),
    }
  } catch (error) {
    await group.close()
    throw error
  }
}
