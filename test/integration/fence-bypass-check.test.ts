import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whileClosed } from './fence-closed.ts'
import { openFenceLab, type FenceLab } from './read-only-lab.ts'

describe.each([15, 17] as const)('what the check refuses by name on PostgreSQL %i', (major) => {
  let lab: FenceLab
  beforeAll(async () => {
    lab = await openFenceLab(major)
  })
  afterAll(() => lab.close())

  test('what would pass every fence is named by the check: subscriptions, their workers, replica mode, functions that set it, large objects', async () => {
    const facts = async () => {
      const session = await lab.session()
      const [row] = await session.query<{ facts: Record<string, unknown> }>(
        `select aurora_migration.source_readiness('{shop_app}', '{dms_source}') as facts`,
      )
      await session.close()
      return row?.facts ?? {}
    }
    expect(await facts()).toMatchObject({
      subscriptions: 0,
      workers: [],
      replicaSessions: [],
      replicaFunctions: [],
      largeObjects: false,
      prepared: 0,
    })
    const url = new URL(lab.server.superuserUrl)
    const conninfo = `host=${url.hostname} port=${url.port} user=${url.username} password=${url.password} dbname=publisher`
    await lab.sql('create database publisher')
    url.pathname = '/publisher'
    const publisher = new Client({ connectionString: url.href })
    await publisher.connect()
    await publisher.query('create schema shop; create table shop.untouched (id bigint primary key)')
    await publisher.query('create publication p for table shop.untouched')
    await publisher.query(`select pg_create_logical_replication_slot('fence_bypass', 'pgoutput')`)
    await lab.sql(
      `create subscription s connection '${conninfo}' publication p with (create_slot = false, slot_name = 'fence_bypass', copy_data = false)`,
    )
    try {
      let seen: Record<string, unknown> = {}
      for (let look = 0; look < 100 && !(Array.isArray(seen.workers) && seen.workers.length > 0); look += 1)
        seen = await facts()
      expect(seen).toMatchObject({
        subscriptions: 1,
        workers: [expect.stringContaining('logical replication')],
      })
      // Why: it applies in replica mode, in which the refusing trigger does not fire, and is started again when it is ended.
      await whileClosed(lab, 'lock', {}, async () => {
        await publisher.query('insert into shop.untouched values (77)')
        let arrived = 0
        for (let look = 0; look < 100 && arrived === 0; look += 1)
          arrived = (await lab.sql('select from shop.untouched where id = 77')).length
        expect(arrived).toBe(1)
      })
      await lab.sql('alter subscription s disable')
      for (let look = 0; look < 100 && JSON.stringify((await facts()).workers) !== '[]'; look += 1);
      expect(await facts()).toMatchObject({ subscriptions: 0, workers: [] })
    } finally {
      await lab.sql(`alter subscription s disable`)
      await lab.sql(`alter subscription s set (slot_name = none)`)
      await lab.sql('drop subscription s')
      await publisher.query(`select pg_drop_replication_slot('fence_bypass')`).catch(() => undefined)
      await publisher.end()
    }
    await lab.sql(`
      create function shop.sly() returns void language sql set session_replication_role = replica as 'select';
      alter role shop_batch in database shop set session_replication_role = replica;
      select lo_create(0)`)
    expect(await facts()).toMatchObject({
      replicaSessions: ['role shop_batch'],
      replicaFunctions: ['shop.sly()'],
      largeObjects: true,
    })
    await lab.sql(
      `drop function shop.sly(); alter role shop_batch in database shop reset session_replication_role; select lo_unlink(oid) from pg_largeobject_metadata`,
    )
  })
})
