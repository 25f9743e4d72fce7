import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateDBInstanceCommand,
  DBInstanceNotFoundFault,
  DescribeDBInstancesCommand,
  RDSClient,
  RestoreDBInstanceToPointInTimeCommand,
  RestoreDBClusterToPointInTimeCommand,
} from '@aws-sdk/client-rds'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testConfig } from '../emulator/open-test-emulator.ts'
import { until } from '../emulator/open-test-migration.ts'
import { startEmulator } from '../emulator/start-emulator.ts'
import type { RunningEmulator } from '../emulator/start-emulator.ts'
import { identify } from '../postgres/process-table.ts'
import type { ProcessIdentity } from '../postgres/process-table.ts'
import { openServerGroup } from '../postgres/server-group.ts'
import type { Major, PostgresServer, ServerGroup } from '../postgres/server-group.ts'
import { openVolumesFolder, removeVolumesFolder } from '../postgres/volumes-folder.ts'
import { clusterIs, instanceIs, placeOf, query, urlAt } from './rds-lab.ts'

/** The oldest major that this machine has: before 15 backups had other functions. */
const oldest: Major = process.arch === 'x64' ? 13 : 15

let group: ServerGroup
let source: PostgresServer
let folder: string
let stateFolder: string
let emulator: RunningEmulator
let rds: RDSClient

beforeAll(async () => {
  group = await openServerGroup('endings')
  source = await group.start({ name: 'source', major: oldest })
  await query(source.superuserUrl, 'CREATE TABLE t AS SELECT 1 AS id')
  folder = mkdtempSync(join(tmpdir(), 'endings '))
  stateFolder = join(folder, 'state')
  emulator = await startEmulator({
    stateFolder,
    logFile: join(folder, 'log'),
    config: {
      ...testConfig,
      rds: {
        instances: [{ identifier: 'shop', ...placeOf(source) }],
        clusters: [{ identifier: 'aurora', ...placeOf(source) }],
      },
    },
  })
  const credentials = { accessKeyId: 'AKIAEMULATEDEMULATED', secretAccessKey: 'any' }
  rds = new RDSClient({ endpoint: emulator.url, region: testConfig.region, credentials, maxAttempts: 1 })
})
afterAll(async () => {
  rds?.destroy()
  await emulator?.stop()
  await group?.close()
  removeVolumesFolder(stateFolder)
  rmSync(folder, { recursive: true, force: true })
})

/** The postmasters that the emulator runs. */
function postmasters(): ProcessIdentity[] {
  const volumes = openVolumesFolder(stateFolder)
  return readdirSync(volumes).flatMap((volume) => {
    const file = join(volumes, volume, 'data', 'postmaster.pid')
    if (!existsSync(file)) return []
    const found = identify(Number(readFileSync(file, 'utf8').split('\n')[0]))
    return found ? [found] : []
  })
}

describe('a copy of a server', () => {
  it('of the oldest major is made', async () => {
    await rds.send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDBInstanceIdentifier: 'shop',
        TargetDBInstanceIdentifier: 'copy',
        UseLatestRestorableTime: true,
      }),
    )
    const { Endpoint } = await instanceIs(rds, 'copy', 'available')
    const [row] = await query(
      urlAt(source, Endpoint?.Port),
      `SELECT id, current_setting('server_version_num')::int / 10000 AS major FROM t`,
    )
    expect(row).toEqual({ id: 1, major: oldest })
  })

  it('that was being made when the emulator was killed is made after its next start', async () => {
    await rds.send(
      new RestoreDBClusterToPointInTimeCommand({
        DBClusterIdentifier: 'clone',
        SourceDBClusterIdentifier: 'aurora',
        UseLatestRestorableTime: true,
      }),
    )
    await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: 'clone-1',
        DBClusterIdentifier: 'clone',
        DBInstanceClass: 'db.r6g.large',
        Engine: 'aurora-postgresql',
      }),
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    await emulator.kill()
    await emulator.restart()
    await clusterIs(rds, 'clone', 'available')
    const { Endpoint } = await instanceIs(rds, 'clone-1', 'available')
    const [row] = await query(
      urlAt(source, Endpoint?.Port),
      'SELECT id, aurora_volume_logical_start_lsn() IS NOT NULL AS known FROM t',
    )
    expect(row).toEqual({ id: 1, known: true })
  })

  it('is not seen by describe calls before they catch up', async () => {
    await emulator.change({ describeLagMs: 60_000 })
    const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({}))
    expect(DBInstances?.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier)).toEqual(['shop'])
    await expect(
      rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'copy' })),
    ).rejects.toBeInstanceOf(DBInstanceNotFoundFault)
    await emulator.change({ describeLagMs: 0 })
  })

  it('has a server that dies with the emulator, however that ends', async () => {
    expect(postmasters()).toHaveLength(2)
    await emulator.kill()
    await until('no server left', async () => (postmasters().length === 0 ? true : undefined))
    await emulator.restart()
    expect(postmasters()).toHaveLength(2)
    await emulator.stop()
    expect(postmasters()).toEqual([])
  })

  it('is swept away once the folder of its emulator is gone', async () => {
    const volumes = openVolumesFolder(stateFolder)
    rmSync(stateFolder, { recursive: true })
    const elsewhere = join(folder, 'elsewhere')
    openVolumesFolder(elsewhere)
    expect(existsSync(volumes)).toBe(false)
    removeVolumesFolder(elsewhere)
  })
})
