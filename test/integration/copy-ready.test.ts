import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readyCopy, type ReadyWork } from '../../shared/copy/ready-copy.ts'
import { targetServer } from '../../shared/copy/make-server.ts'
import { DeleteDBSnapshotCommand } from '@aws-sdk/client-rds'
import { openCopyLab, type CopyLab } from './copy-lab.ts'

const load = 'load: { by: snapshot, class: db.r6g.large }'
const replica = 'schema: { aurora-replica: { class: db.r6g.large } }'
const slotNames = 'select slot_name::text as name from pg_replication_slots order by 1'
const createSlot = (name: string) =>
  `select pg_create_logical_replication_slot('${name}', 'test_decoding') is not null as made`

describe('a target login that leads to the source', { timeout: 90_000 }, () => {
  let lab: CopyLab
  beforeAll(async () => {
    lab = await openCopyLab('same-server', 'instance')
  })
  afterAll(() => lab.close())

  test('is refused before anything on the source is taken for what came along with a copy', async () => {
    const { migration, plan } = await lab.plan(replica)
    await lab.sql('source', createSlot('of_somebody_else'))
    await lab.sql(
      'source',
      "create schema aurora_migration; comment on schema aurora_migration is 'of the source'",
    )
    await lab.sql('source', 'alter schema aurora_migration owner to migrator')
    const control = await lab.session('source', 'migrator', migration)
    const copy = await lab.session('source', 'migrator', migration)
    const openDms = () => lab.session('source', 'dms_source', migration)
    const work: ReadyWork = {
      control,
      copy,
      openDmsSource: openDms,
      openDmsCopy: openDms,
      redoDone: async () => Promise.resolve(undefined),
      log: {
        line: () => undefined,
        debug: () => undefined,
        warn: () => undefined,
        group: async (_, inside) => inside(),
      },
      changes: [],
    }
    await expect(readyCopy(work, plan, true)).rejects.toThrow('the login of the target leads to the source')
    expect(await lab.sql('source', slotNames)).toEqual([{ name: 'of_somebody_else' }])
    expect(
      await lab.sql('source', "select to_regnamespace('aurora_migration') is not null as there"),
    ).toEqual([{ there: true }])
  })
})

describe('a copy with more than the migration’s own', { timeout: 90_000 }, () => {
  let lab: CopyLab
  beforeAll(async () => {
    lab = await openCopyLab('ready-copy', 'instance')
    await lab.sql('source', createSlot('of_a_consumer'))
  })
  afterAll(() => lab.close())

  test('loses every slot that came along, also those of other databases, and keeps what it got itself', async () => {
    await lab.sql('source', 'create database other')
    await lab.inDatabase('source', 'other', createSlot('in_another_database'))
    await lab.copy(load)
    expect(await lab.sql('copy', slotNames)).toEqual([])
    expect((await lab.sql('source', slotNames)).map(({ name }) => name)).toEqual([
      'aurora_migration_shop_1',
      'in_another_database',
      'of_a_consumer',
    ])
    await lab.sql('copy', createSlot('of_a_new_consumer'))
    await lab.copy(load)
    expect(await lab.sql('copy', slotNames)).toEqual([{ name: 'of_a_new_consumer' }])
  })

  test('needs its snapshot no more: with that deleted, a second run takes no other one', async () => {
    await lab.aws.rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 'aurora-migration-shop' }))
    const { migration } = await lab.plan(load)
    expect(targetServer(migration).identifier).toBe('shop-new')
    expect((await lab.copy(load)).changes).toEqual([])
  })
})
