import {
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
} from '@aws-sdk/client-rds'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseLsn } from '../../shared/copy/lsn.ts'
import { readyCopy, type ReadyWork } from '../../shared/copy/ready-copy.ts'
import { targetServer } from '../../shared/copy/make-server.ts'
import { checkStartPositions, ensureSlots } from '../../shared/copy/slots.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import type { Log } from '../../shared/runtime/log.ts'
import { controlChanges, readControlState } from '../../shared/target/control-changes.ts'
import { openCopyLab, type CopyLab } from './copy-lab.ts'

const load = 'load: { by: snapshot, class: db.r6g.large }'
const replica = 'schema: { aurora-replica: { class: db.r6g.large } }'
const slotNames = 'select slot_name::text as name from pg_replication_slots order by 1'
const createSlot = (name: string) =>
  `select pg_create_logical_replication_slot('${name}', 'test_decoding') is not null as made`

const silent: Log = {
  line: () => undefined,
  debug: () => undefined,
  warn: () => undefined,
  group: async (_, inside) => inside(),
}

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
      dmsUsers: { source: 'dms_source', target: 'dms_target' },
      redoDone: async () => Promise.resolve(undefined),
      log: silent,
      changes: [],
    }
    await expect(readyCopy(work, plan, true)).rejects.toThrow('the login of the target leads to the source')
    expect(await lab.sql('source', slotNames)).toEqual([{ name: 'of_somebody_else' }])
    expect(
      await lab.sql('source', "select to_regnamespace('aurora_migration') is not null as there"),
    ).toEqual([{ there: true }])
  })
})

describe('slots of the source', { timeout: 90_000 }, () => {
  let lab: CopyLab
  const clone = 'load: { by: aurora-clone, class: db.r6g.large }'
  beforeAll(async () => {
    lab = await openCopyLab('source-slots', 'cluster')
  })
  afterAll(() => lab.close())

  /** Sessions whose statements may not take long. */
  const impatient = async (role: 'migrator' | 'dms_source') => {
    const { migration } = await lab.plan(clone)
    const session = await lab.session('source', role, migration)
    return session.another({ statement_timeout: '300ms' })
  }

  test('a transaction that keeps a slot from being made is named as the reason', async () => {
    const { plan, migration } = await lab.plan(clone)
    const writer = await lab.session('source', 'migrator', migration)
    const control = await lab.session('source', 'migrator', migration)
    for (const change of controlChanges(
      'source',
      await readControlState(control, 'source', plan, 'dms_source'),
      plan,
      'dms_source',
    ))
      for (const statement of change.statements) await control.query(statement)
    await writer.query('begin')
    await writer.query('select txid_current()')
    const dms = await impatient('dms_source')
    const work = { control, dms, log: silent, changes: [] }
    await expect(ensureSlots(work, plan, false)).rejects.toThrow(
      'a transaction on the source is open for too long',
    )
    await writer.query('rollback')
    await ensureSlots(work, plan, false)
    await dms.close()
    expect(await lab.sql('source', slotNames)).toEqual([{ name: 'aurora_migration_shop_1' }])
  })

  test('are looked into for as long as it takes', async () => {
    await lab.sql('source', 'create table shop.busy (id bigint, note text)')
    await lab.sql(
      'source',
      "insert into shop.busy select n, repeat('x', 200) from generate_series(1, 400000) n",
    )
    const [row] = await lab.sql('source', 'select pg_current_wal_lsn()::text as lsn')
    const lsn = String(row?.['lsn'])
    const dms = await impatient('dms_source')
    const peek = `select count(*) from pg_logical_slot_peek_changes('aurora_migration_shop_1', null, null)`
    await expect(dms.query(peek)).rejects.toThrow('statement timeout')
    await expect(checkStartPositions(dms, ['aurora_migration_shop_1'], lsn)).resolves.toBeUndefined()
    await dms.close()
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

describe('the roles that came along with a copy', { timeout: 90_000 }, () => {
  let lab: CopyLab
  const connectable =
    "select r.rolname::text as name from pg_roles r where r.rolcanlogin and not r.rolsuper and has_database_privilege(r.rolname, 'shop', 'connect') order by 1"
  beforeAll(async () => {
    lab = await openCopyLab('closed-copy', 'instance')
  })
  afterAll(() => lab.close())

  test('cannot log in any more before anything else is looked at', async () => {
    const { migration } = await lab.plan(load)
    const refusals: unknown[] = []
    await lab.copy(load, false, async () => {
      for (const role of ['shop_app', 'shop_batch'] as const)
        refusals.push(await lab.session('copy', role, migration).catch((error: unknown) => error))
    })
    const refused = { message: expect.stringContaining('permission denied') as string }
    expect(refusals).toMatchObject([refused, refused])
    expect(await lab.sql('copy', connectable)).toMatchObject([{ name: 'dms_source' }, { name: 'migrator' }])
  })

  test('are ended and closed out by the run after one that was ended in between, which drops the slots too', async () => {
    const { migration, plan } = await lab.plan(load)
    const [slot = ''] = plan.tasks.map((task) => task.slot ?? '')
    const said =
      "aurora_migration.journal where event = 'copy-ready' or detail ->> 'title' like 'close the copy%'"
    await lab.sql('copy', `delete from ${said}`)
    await lab.sql('copy', "delete from aurora_migration.saved_state where kind = 'guard'")
    await lab.sql('copy', 'grant connect on database shop to public')
    await lab.sql('copy', createSlot(slot))
    const stranger = await lab.session('copy', 'shop_app', migration)
    await lab.copy(load)
    await expect(stranger.query('select 1')).rejects.toThrow('was lost')
    await expect(lab.session('copy', 'shop_app', migration)).rejects.toThrow('permission denied')
    expect(await lab.sql('copy', slotNames)).toEqual([])
    // As by a run that was not ended.
    expect(await lab.sql('copy', `select event, detail from ${said} order by event`)).toMatchObject([
      { event: 'changed' },
      { event: 'copy-ready', detail: {} },
    ])
    expect((await lab.copy(load)).changes).toEqual([])
  })

  test('a copy that is made anew stands elsewhere: the former one’s LSN is forgotten', async () => {
    const { plan } = await lab.plan(load)
    const before = await positions(plan)
    const copy = { DBInstanceIdentifier: 'shop-new' }
    await lab.aws.rds.send(new ModifyDBInstanceCommand({ ...copy, DeletionProtection: false }))
    await lab.aws.rds.send(new DeleteDBInstanceCommand({ ...copy, SkipFinalSnapshot: true }))
    await lab.aws.rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 'aurora-migration-shop' }))
    await vi.waitFor(async () => {
      const answer = await lab.aws.rds.send(new DescribeDBInstancesCommand({}))
      expect(answer.DBInstances).toHaveLength(1)
    }, 10_000)
    await lab.sql('source', 'create table shop.later as select generate_series(1, 1000) as n')
    await lab.copy(load)
    const after = await positions(plan)
    expect(after).toHaveLength(1)
    expect(parseLsn(after[0] ?? '0/0')).toBeGreaterThan(parseLsn(before[0] ?? 'F/0'))
  })

  async function positions(plan: Plan): Promise<string[]> {
    const rows = await lab.sql(
      'source',
      `select definition ->> 'lsn' as lsn from aurora_migration.saved_state where migration = '${plan.migration}' and kind = 'cdc-start'`,
    )
    return rows.map(({ lsn }) => String(lsn))
  }
})
