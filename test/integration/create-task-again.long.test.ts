import {
  DatabaseMigrationServiceClient,
  StopReplicationTaskCommand,
} from '@aws-sdk/client-database-migration-service'
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

let stack: MigrationStack
let dms: DatabaseMigrationServiceClient
let secrets: SecretsManagerClient
beforeAll(async () => {
  stack = await openMigrationStack('create-task-again')
  const client = {
    endpoint: stack.emulator.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAEMULATEDEMULATED', secretAccessKey: 'any' },
  }
  dms = new DatabaseMigrationServiceClient(client)
  secrets = new SecretsManagerClient(client)
})
afterAll(async () => {
  dms.destroy()
  secrets.destroy()
  await stack.close()
})

const truncate = 'empty-target: truncate\n'
const changingCalls = async () =>
  (await stack.emulator.calls())
    .filter(({ operation }) => !/^(Describe|List|Get)/u.test(operation))
    .map(({ operation }) => operation)
const run = async (action: string) =>
  stack.run(action, { migration: stack.file, 'plan-digest': await stack.digest() })
const orders = async () => (await stack.pair.sql('target', 'select count(*)::int as n from shop.orders'))[0]

describe('create-task, once more', { timeout: 120_000 }, () => {
  test('after the target was opened it refuses, and empties nothing, though its tasks are gone', async () => {
    await stack.rewrite(`${truncate}prepare: separate\n`)
    expect((await run('prepare-target')).exitCode).toBe(0)
    expect((await run('create-task')).exitCode).toBe(0)
    expect((await run('wait-full-load')).outputs['state']).toBe('loaded')
    await stack.dropTasks()
    const before = await orders()
    await stack.pair.sql('target', "update aurora_migration.decision set phase = 'opened'")
    const again = await run('create-task')
    expect(await orders()).toEqual(before)
    expect(again.summary).toContain('is open already')
    expect(again.exitCode).toBe(1)
    await stack.pair.sql('target', "update aurora_migration.decision set phase = 'guarded'")
  })

  test('prepare-target waits for a create-task that is at work, lest it empty what that one loads', async () => {
    const other = await stack.pair.session('source')
    await stack.rewrite(truncate, (text) => text.replace('name: shop', 'name: twice'))
    await other.query('select pg_advisory_lock(hashtextextended($1, 0))', [
      'aurora-migration prepare-target or create-task twice',
    ])
    const waited: string[] = []
    const cancel = new AbortController()
    const preparing = stack.run(
      'prepare-target',
      { migration: stack.file, 'plan-digest': await stack.digest() },
      {
        cancel: cancel.signal,
        onLine: (line) => {
          if (!line.startsWith('another run of')) return
          waited.push(line)
          cancel.abort()
        },
      },
    )
    expect((await preparing).exitCode).toBe(1)
    expect(waited).toEqual(['another run of prepare-target or create-task for twice is at work'])
    await other.close()
  })

  test('a secret that does not come ends with the run, within five seconds of its cancelling', async () => {
    const reads = async () =>
      (await stack.emulator.calls()).filter(({ operation }) => operation === 'GetSecretValue').length
    const before = await reads()
    await stack.emulator.addFault({ operation: 'GetSecretValue', times: 1, effect: { kind: 'hold' } })
    const cancel = new AbortController()
    const running = stack.run(
      'create-task',
      { migration: stack.file, 'plan-digest': await stack.digest() },
      { cancel: cancel.signal },
    )
    // Both sides' secrets are read at once; the first one is held.
    await until(async () => (await reads()) > before)
    await delay(300)
    const asked = performance.now()
    cancel.abort()
    const result = await running
    await stack.emulator.clearFaults()
    expect(performance.now() - asked).toBeLessThan(5000)
    expect(result.summary).toContain('cancelled')
  })

  describe('with rows that are there already', () => {
    const slot = 'made_before_the_copy'
    let lsn = ''
    const existing = () =>
      stack.rewrite(`load: { by: existing, lsn: ${lsn}, slots: [${slot}] }\n`, (text) =>
        text.replace('name: shop', 'name: existing'),
      )
    beforeAll(async () => {
      await stack.dropTasks()
      await stack.pair.sql('source', 'alter role dms_source with replication')
      await stack.pair.sql('source', `select pg_create_logical_replication_slot('${slot}', 'test_decoding')`)
      const [row] = await stack.pair.sql('source', 'select pg_current_wal_lsn()::text as lsn')
      lsn = String(row?.['lsn'])
      await existing()
    })

    test('a task that was stopped is left, though its slot has moved on', async () => {
      expect((await run('create-task')).log).toContain(`(start-replication at ${lsn})`)
      await readOn()
      const [task] = await stack.tasks()
      await dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: task?.ReplicationTaskArn }))
      await until(async () => (await stack.tasks())[0]?.Status === 'stopped')
      const before = await changingCalls()
      const again = await run('create-task')
      expect(again.summary).toContain('is stopped')
      expect(again.exitCode).toBe(0)
      expect(await changingCalls()).toEqual(before)
    })

    test('a new task is not started at a position that its slot has passed', async () => {
      await stack.dropTasks()
      const again = await run('create-task')
      expect(again.summary).toContain(`the slot ${slot} has been read up to`)
      expect(again.exitCode).toBe(1)
      expect(await changingCalls()).not.toEqual([])
      expect((await stack.tasks()).map(({ Status }) => Status)).not.toContain('running')
    })

    test('after the commit point nobody is told to make the copy anew', async () => {
      await stack.pair.sql('source', `select pg_drop_replication_slot('${slot}')`)
      await stack.pair.sql(
        'source',
        `insert into aurora_migration.decision (migration, side, system_identifier, generation, run_id, run_attempt, phase, plan_digest)
         select 'existing', 'source', system_identifier::text, 1, '1', 1, 'committed', 'x' from pg_control_system()`,
      )
      const again = await run('create-task')
      expect(again.summary).toContain('has passed the commit point')
      expect(again.summary).not.toContain('delete the copy')
      expect(again.exitCode).toBe(1)
    })

    /** Writes until the slot shows that the task has read past where it began. */
    async function readOn(): Promise<void> {
      await until(async () => {
        await stack.pair.sql(
          'source',
          'update shop.orders set status = status where id = (select min(id) from shop.orders)',
        )
        const [row] = await stack.pair.sql(
          'source',
          `select confirmed_flush_lsn > '${lsn}'::pg_lsn as moved from pg_replication_slots where slot_name = '${slot}'`,
        )
        return row?.['moved'] === true
      })
    }
  })

  test('a login that was wrong when the endpoint was made, and is right now, is told to DMS', async () => {
    await stack.dropTasks()
    await stack.rewrite(truncate, (text) =>
      text
        .replaceAll(/, access-role: '[^']+'/gu, '')
        .replace('name: shop', 'name: mended')
        .replace('secret: shop/dms-target', 'secret: shop/dms-target-wrong'),
    )
    const digest = await stack.digest()
    const first = await stack.run('create-task', { migration: stack.file, 'plan-digest': digest })
    expect(first.summary).toContain('the connection test of aurora-migration-mended-target failed')
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: 'shop/dms-target-wrong',
        SecretString: JSON.stringify({
          host: stack.pair.target.host,
          port: stack.pair.target.port,
          username: 'dms_target',
          password: stack.pair.passwords.dms_target,
          dbname: 'shop',
        }),
      }),
    )
    const again = await stack.run('create-task', { migration: stack.file, 'plan-digest': digest })
    expect(again.log).toContain('gave endpoint aurora-migration-mended-target its login anew')
    expect(again.log.replaceAll(/^::add-mask::.*$/gmu, '') + again.summary).not.toContain(
      stack.pair.passwords.dms_target,
    )
    expect(again.exitCode).toBe(0)
    const before = await changingCalls()
    expect((await stack.run('create-task', { migration: stack.file, 'plan-digest': digest })).exitCode).toBe(
      0,
    )
    expect(await changingCalls()).toEqual(before)
  })

  test('a password that was rotated after a good connection test is told to DMS before its tasks start', async () => {
    await stack.dropTasks()
    const rotated = 'another-password-of-dms-4711'
    await stack.pair.sql('target', `alter role dms_target password '${rotated}'`)
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: 'shop/dms-target-wrong',
        SecretString: JSON.stringify({
          host: stack.pair.target.host,
          port: stack.pair.target.port,
          username: 'dms_target',
          password: rotated,
          dbname: 'shop',
        }),
      }),
    )
    const digest = await stack.digest()
    const again = await stack.run('create-task', { migration: stack.file, 'plan-digest': digest })
    expect(again.log).toContain(
      'gave endpoint aurora-migration-mended-target its login anew, since its secret has changed since it was told',
    )
    expect(again.log).not.toContain('gave endpoint aurora-migration-mended-source')
    expect(again.log.replaceAll(/^::add-mask::.*$/gmu, '') + again.summary).not.toContain(rotated)
    expect(again.exitCode).toBe(0)
    await until(async () => (await stack.tasks()).every(({ Status }) => Status === 'running'))
    const before = await changingCalls()
    const third = await stack.run('create-task', { migration: stack.file, 'plan-digest': digest })
    expect(third.exitCode).toBe(0)
    expect(await changingCalls()).toEqual(before)
  })
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await holds()) return
    await delay(100)
  }
  throw new Error('it did not come to hold within ten seconds')
}
