import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readStartPositions } from '../../shared/copy/start-positions.ts'
import { parseLsn } from '../../shared/copy/lsn.ts'
import { openCopyLab, type CopyLab } from './copy-lab.ts'

/** Keeps writing rows whose ids say in which order they were committed; gives the last one that was acknowledged. */
async function writeMeanwhile(lab: CopyLab, work: () => Promise<void>): Promise<number> {
  const end = new AbortController()
  let last = 0
  const writing = (async () => {
    while (!end.signal.aborted) {
      await lab.sql('source', `insert into shop.copied (id) values (${last + 1})`)
      last += 1
    }
  })()
  try {
    await work()
  } finally {
    end.abort()
    await writing
  }
  return last
}

/** Ids that the slot gives from `lsn` on, as DMS would read them. */
async function fromSlot(lab: CopyLab, slot: string, lsn: string): Promise<number[]> {
  const rows = await lab.sql(
    'source',
    `select lsn::text, data from pg_logical_slot_peek_changes('${slot}', null, null)`,
  )
  const ids: number[] = []
  let pending: number[] = []
  for (const { data, lsn: at } of rows as { data: string; lsn: string }[]) {
    if (data.startsWith('BEGIN')) pending = []
    const id = /table shop\.copied: INSERT: id\[bigint\]:(\d+)/u.exec(data)?.[1]
    if (id !== undefined) pending.push(Number(id))
    // The LSN of the COMMIT row is where its record ends.
    if (data.startsWith('COMMIT') && parseLsn(at) > parseLsn(lsn)) ids.push(...pending)
  }
  return ids
}

const ways = [
  ['an Aurora clone', 'cluster', 'load: { by: aurora-clone, class: db.r6g.large }'],
  ['a restored snapshot of an instance', 'instance', 'load: { by: snapshot, class: db.r6g.large }'],
  ['a restored snapshot of a cluster', 'cluster', 'load: { by: snapshot, class: db.r6g.large }'],
] as const
// The third differs from the second by its calls only; LONG=all runs it, too.
const chosen = process.env.LONG === 'all' ? ways : ways.slice(0, 2)

describe.each(chosen)('%s', { timeout: 90_000 }, (_, kind, load) => {
  let lab: CopyLab
  beforeAll(async () => {
    lab = await openCopyLab('copied', kind)
    await lab.sql('source', 'create table shop.copied (id bigint primary key)')
    await lab.sql('source', 'alter table shop.copied owner to shop_owner')
  })
  afterAll(() => lab.close())

  test('a dry run makes nothing', async () => {
    const { exists } = await lab.copy(load, true)
    expect(exists).toBe(false)
    expect(lab.lines.join('\n')).toContain('would call')
    expect(await lab.sql('source', 'select slot_name from pg_replication_slots')).toEqual([])
  })

  test('rows of the copy and changes from its LSN make up every write exactly once', async () => {
    const last = await writeMeanwhile(lab, async () => {
      await lab.copy(load)
    })
    const { plan } = await lab.plan(load)
    const [slot = ''] = plan.tasks.map((task) => task.slot ?? '')
    const source = await lab.session('source', 'migrator', (await lab.plan(load)).migration)
    const lsn = (await readStartPositions(source, plan)).get(slot) ?? ''
    const copied = (await lab.sql('copy', 'select id::int from shop.copied order by id')).map(({ id }) =>
      Number(id),
    )
    const streamed = await fromSlot(lab, slot, lsn)
    expect(streamed.length).toBeGreaterThan(0)
    expect([...copied, ...streamed]).toEqual(Array.from({ length: last }, (__, index) => index + 1))
  })

  test('the copy has no slot, a control schema of its own, and is closed; a second run changes nothing', async () => {
    expect(await lab.sql('copy', 'select slot_name from pg_replication_slots')).toEqual([])
    expect(
      await lab.sql(
        'copy',
        "select obj_description('aurora_migration'::regnamespace, 'pg_namespace') like '%(target)%' as own, (select count(*)::int from aurora_migration.plan) as plans",
      ),
    ).toEqual([{ own: true, plans: 0 }])
    const { migration } = await lab.plan(load)
    await expect(lab.session('copy', 'shop_app', migration)).rejects.toThrow('permission denied')
    expect((await lab.copy(load)).changes).toEqual([])
  })

  test('a slot that was made after the copy is refused', async () => {
    const { plan } = await lab.plan(load)
    const [slot = ''] = plan.tasks.map((task) => task.slot ?? '')
    await lab.sql('source', `select pg_drop_replication_slot('${slot}')`)
    await expect(lab.copy(load)).rejects.toThrow('does not exist, but the rows have been copied')
  })
})

describe('an Aurora read replica that is promoted', { timeout: 90_000 }, () => {
  let lab: CopyLab
  const load = 'schema: { aurora-replica: { class: db.r6g.large } }'
  beforeAll(async () => {
    lab = await openCopyLab('promoted', 'instance')
  })
  afterAll(() => lab.close())

  test('gives a target with the source’s schema, writable, and needs no slot', async () => {
    await lab.copy(load)
    const tables = "select count(*)::int as n from pg_class where relnamespace = 'shop'::regnamespace"
    expect(await lab.sql('copy', tables)).toEqual(await lab.sql('source', tables))
    expect(await lab.sql('copy', 'select pg_is_in_recovery() as replica')).toEqual([{ replica: false }])
    expect((await lab.copy(load)).changes).toEqual([])
  })
})
