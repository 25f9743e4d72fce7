import {
  CreateDBInstanceCommand,
  InvalidRestoreFault,
  RestoreDBClusterToPointInTimeCommand,
} from '@aws-sdk/client-rds'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'
import { openServerGroup } from '../postgres/server-group.ts'
import type { PostgresServer, ServerGroup } from '../postgres/server-group.ts'
import { clusterIs, instanceIs, placeOf, query, urlAt } from './rds-lab.ts'

let group: ServerGroup
let source: PostgresServer
let aws: TestEmulator

async function writeUntil(end: AbortSignal): Promise<void> {
  const writer = new Client({ connectionString: source.superuserUrl })
  writer.on('error', () => undefined)
  await writer.connect()
  for (let id = 2000; !end.aborted; id += 1) await writer.query(`INSERT INTO t VALUES (${id}, 'live')`)
  await writer.end()
}

beforeAll(async () => {
  group = await openServerGroup('cloned')
  source = await group.start({ name: 'source', major: 15 })
  await query(
    source.superuserUrl,
    `CREATE TABLE t (id bigint PRIMARY KEY, note text);
     INSERT INTO t SELECT n, 'first' FROM generate_series(1, 1000) n;`,
  )
  aws = await openTestEmulator({
    rds: {
      instances: [],
      clusters: [
        { identifier: 'shop', ...placeOf(source) },
        { identifier: 'elsewhere', address: '127.0.0.1', port: 1, engineVersion: '15.18' },
      ],
    },
  })
})
afterAll(async () => {
  await aws?.close()
  await group?.close()
})

describe('a clone of an Aurora cluster', () => {
  let url: string

  it('is made under writes, and reached only once it has an instance', async () => {
    await query(source.superuserUrl, `SELECT pg_create_logical_replication_slot('dms', 'test_decoding')`)
    const writing = new AbortController()
    const written = writeUntil(writing.signal)
    const { DBCluster } = await aws.rds.send(
      new RestoreDBClusterToPointInTimeCommand({
        DBClusterIdentifier: 'shop-clone',
        SourceDBClusterIdentifier: 'shop',
        RestoreType: 'copy-on-write',
        UseLatestRestorableTime: true,
      }),
    )
    expect(DBCluster).toMatchObject({ Status: 'creating', Engine: 'aurora-postgresql', DBClusterMembers: [] })
    const cluster = await clusterIs(aws.rds, 'shop-clone', 'available')
    await expect(query(urlAt(source, cluster.Port), 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
    const created = await aws.rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: 'shop-clone-1',
        DBClusterIdentifier: 'shop-clone',
        DBInstanceClass: 'db.r6g.large',
        Engine: 'aurora-postgresql',
      }),
    )
    expect(created.DBInstance).toMatchObject({ DBInstanceStatus: 'creating' })
    const instance = await instanceIs(aws.rds, 'shop-clone-1', 'available')
    writing.abort()
    await written
    expect(instance.Endpoint).toMatchObject({ Address: '127.0.0.1', Port: cluster.Port })
    url = urlAt(source, instance.Endpoint?.Port)
    expect(await query(url, `SHOW cluster_name`)).not.toEqual([{ cluster_name: 'source' }])
    const { DBClusterMembers } = await clusterIs(aws.rds, 'shop-clone', 'available')
    expect(DBClusterMembers).toMatchObject([{ DBInstanceIdentifier: 'shop-clone-1', IsClusterWriter: true }])
  })

  it('says at which LSN it is consistent: with what the slot has from there, it has every row once', async () => {
    const [start] = await query(url, 'SELECT aurora_volume_logical_start_lsn()::text AS lsn')
    const [cloned] = await query(url, 'SELECT max(id)::int AS last, count(*)::int AS rows FROM t')
    const [missing] = await query(
      source.superuserUrl,
      `SELECT count(*)::int AS rows FROM t WHERE id > ${String(cloned?.last)}`,
    )
    // Every row is a transaction of its own; those whose commit ends after the LSN are those that the clone lacks.
    const [later] = await query(
      source.superuserUrl,
      `SELECT count(*) FILTER (WHERE data LIKE 'COMMIT%')::int AS rows
         FROM pg_logical_slot_peek_changes('dms', NULL, NULL)
        WHERE lsn > '${String(start?.lsn)}'`,
    )
    expect(later).toEqual(missing)
    expect(Number(missing?.rows)).toBeGreaterThan(0)
    const [all] = await query(source.superuserUrl, 'SELECT count(*)::int AS rows FROM t')
    expect(Number(cloned?.rows) + Number(missing?.rows)).toBe(all?.rows)
  })

  it('carries the slots of its original, which it has to drop', async () => {
    expect(await query(url, 'SELECT slot_name::text AS slot FROM pg_replication_slots')).toEqual([
      { slot: 'dms' },
    ])
    await query(url, `SELECT pg_drop_replication_slot('dms')`)
    expect(
      await query(source.superuserUrl, 'SELECT slot_name::text AS slot FROM pg_replication_slots'),
    ).toEqual([{ slot: 'dms' }])
  })

  it('comes back with the emulator, on its port and with its data', async () => {
    await query(url, `INSERT INTO t VALUES (-1, 'kept')`)
    await aws.emulator.restart()
    expect(await query(url, 'SELECT note FROM t WHERE id = -1')).toEqual([{ note: 'kept' }])
    await aws.emulator.kill()
    await aws.emulator.restart()
    expect(await query(url, 'SELECT note FROM t WHERE id = -1')).toEqual([{ note: 'kept' }])
  })

  it('is refused where there is no server behind the original', async () => {
    await expect(
      aws.rds.send(
        new RestoreDBClusterToPointInTimeCommand({
          DBClusterIdentifier: 'none',
          SourceDBClusterIdentifier: 'elsewhere',
          UseLatestRestorableTime: true,
        }),
      ),
    ).rejects.toBeInstanceOf(InvalidRestoreFault)
  })
})
