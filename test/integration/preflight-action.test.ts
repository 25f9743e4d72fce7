import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'
import { wholeState } from './sample-pair.ts'

let stack: MigrationStack
beforeAll(async () => {
  stack = await openMigrationStack('preflight action')
})
afterAll(() => stack.close())

const states = async () => [await wholeState(stack.pair, 'source'), await wholeState(stack.pair, 'target')]
const changing = async () =>
  (await stack.emulator.calls())
    .map(({ operation }) => operation)
    .filter((operation) => !/^(Describe|List|Get)/u.test(operation))

describe('the actions preflight, prepare-target and finish-target', () => {
  let digest = ''
  let decisions = ''

  test('preflight names a secret and a replication instance that are not there, and blocks', async () => {
    await stack.rewrite('', (text) =>
      text.replace('replication-instance: rehearsal', 'replication-instance: nowhere'),
    )
    const before = await states()
    const result = await stack.run('preflight', { migration: stack.file })
    expect(result.exitCode).toBe(1)
    expect(result.outputs).toMatchObject({ verdict: 'blocked', blockers: '3' })
    expect(result.summary).toMatch(/^## ❌ preflight: blocked by 3 findings/u)
    expect(result.summary).toContain('the secret shop/app cannot be read')
    expect(result.summary).toContain('nowhere')
    expect(await states()).toEqual(before)
    expect(await changing()).toEqual([])
  })

  test('preflight is clear once they are, and gives the digest', async () => {
    const { source } = stack.pair
    await stack.rewrite('', (text) => text.replace('{ secret: shop/app }', '{ secret: shop/source }'))
    const before = await states()
    const result = await stack.run('preflight', { migration: stack.file })
    expect(result.exitCode).toBe(0)
    expect(result.outputs).toMatchObject({ verdict: 'clear', blockers: '0' })
    digest = result.outputs['plan-digest'] ?? ''
    decisions = result.outputs['plan-decisions'] ?? ''
    expect(digest).toMatch(/^[0-9a-f]{64}$/u)
    expect(result.summary).toMatch(/^## ✅ preflight: clear: 30 tables can be migrated/u)
    expect(result.summary).toContain(digest)
    expect(result.summary).toContain('close the target to everyone but dms_target')
    expect(JSON.parse(result.outputs['result'] ?? '')).toMatchObject({ verdict: 'clear', planDigest: digest })
    expect(`${result.summary}${result.log}`).not.toContain(`127.0.0.1:${source.port}`)
    expect(await states()).toEqual(before)
    expect(await changing()).toEqual([])
  })

  test('a digest that is not this plan’s refuses with the digests of its parts', async () => {
    const result = await stack.run('prepare-target', { migration: stack.file, 'plan-digest': '0'.repeat(64) })
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('the plan is not the approved one any more')
    expect(result.summary).toContain('schema of the source')
  })

  test('prepare-target prints in a dry run, prepares, and finds it done the second time', async () => {
    const inputs = { migration: stack.file, 'plan-digest': digest, 'plan-decisions': decisions }
    const before = await states()
    const planned = await stack.run('prepare-target', { ...inputs, 'dry-run': 'true' })
    expect(planned.exitCode).toBe(0)
    expect(planned.outputs['state']).toBe('planned')
    expect(planned.log).toContain('revoke connect on database shop from public cascade;')
    expect(await states()).toEqual(before)
    const prepared = await stack.run('prepare-target', inputs)
    expect(prepared.outputs).toMatchObject({ state: 'prepared', 'plan-digest': digest })
    expect(prepared.summary).toContain('the target is closed to everyone but DMS')
    const after = await states()
    const again = await stack.run('prepare-target', inputs)
    expect(again.summary).toContain('both sides were prepared already')
    expect(await states()).toEqual(after)
  })

  test('a changed schema refuses and says what changed', async () => {
    await stack.pair.sql('source', 'set role shop_owner')
    await stack.pair.sql('source', 'create table shop.born_late (id bigint primary key)')
    await stack.pair.sql('source', 'reset role')
    const result = await stack.run('prepare-target', { migration: stack.file, 'plan-digest': digest })
    await stack.pair.sql('source', 'drop table shop.born_late')
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('table shop.born_late is new')
  })

  test('finish-target finishes once', async () => {
    const inputs = { migration: stack.file, 'plan-digest': digest }
    const planned = await stack.run('finish-target', { ...inputs, 'dry-run': 'true' })
    expect(planned.log).toContain('vacuum (analyze) "shop"."orders";')
    const finished = await stack.run('finish-target', inputs)
    expect(finished.outputs['state']).toBe('finished')
    expect((await stack.run('finish-target', inputs)).summary).toContain('finished already')
  })

  test('both databases away: both are named, nothing is guessed', async () => {
    await stack.rewrite('', (text) =>
      text
        .replace('{ secret: shop/source, tls', '{ secret: shop/gone, tls')
        .replace('{ secret: shop/target, tls', '{ secret: shop/away, tls'),
    )
    const result = await stack.run('preflight', { migration: stack.file })
    expect(result.exitCode).toBe(1)
    expect(result.summary).toContain('source.secret')
    expect(result.summary).toContain('target.secret')
    expect(result.outputs).toEqual({})
  })
})
