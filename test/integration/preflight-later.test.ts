import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMigrationStack, type MigrationStack } from './migration-stack.ts'

// A migration that makes its own target: preflight runs before there is one.

let stack: MigrationStack
beforeAll(async () => {
  stack = await openMigrationStack('preflight later', {
    rds: ({ source }) => ({
      instances: [
        {
          identifier: 'shop-db',
          address: source.host,
          port: source.port,
          engineVersion: '15.18',
          parameterGroups: ['shop'],
        },
      ],
      parameterGroups: [
        {
          name: 'shop',
          family: 'postgres15',
          kind: 'instance',
          parameters: { 'rds.logical_replication': '1' },
        },
      ],
    }),
  })
  await rewrite()
})
afterAll(() => stack.close())

async function rewrite(waivers = ''): Promise<void> {
  await stack.rewrite(`load: { by: snapshot, class: db.r6g.large }\n${waivers}`, (text) =>
    text
      .replace(
        'source: { secret: shop/source, tls: disable }',
        'source: { secret: shop/source, tls: disable, rds-instance: shop-db }',
      )
      .replace(
        'target: { secret: shop/target, tls: disable }',
        'target: { secret: shop/target, tls: disable, rds-instance: shop-copy }',
      )
      .replace('{ secret: shop/app }', '{ secret: shop/source }'),
  )
}

test('a target that is made later is listed as not judged, blocks nothing, and the plan is there', async () => {
  const result = await stack.run('preflight', { migration: stack.file })
  expect(result.log).not.toContain('cannot connect')
  expect(result.outputs).toMatchObject({ verdict: 'clear', blockers: '0' })
  expect(result.exitCode).toBe(0)
  expect(result.outputs['plan-digest']).toMatch(/^[0-9a-f]{64}$/u)
  expect(result.summary).toContain('### Not judged yet')
  expect(result.summary).toMatch(/no passes: .*`target-tables`/u)
  expect(result.summary).toContain('⏳ not yet')
  expect(result.log).toMatch(/statements: \d+ on the source, 0 on the target/u)
  const report = JSON.parse(result.outputs['result'] ?? '') as { checks: { notYet: number; passed: number } }
  expect(report.checks.notYet).toBeGreaterThan(20)
  expect(report.checks.passed).toBeGreaterThan(20)
})

test('what is wrong with the source is found before the target is made', async () => {
  await stack.pair.sql('source', 'revoke pg_read_all_data from dms_source')
  const result = await stack.run('preflight', { migration: stack.file })
  expect(result.exitCode).toBe(1)
  expect(result.summary).toContain('dms_source lacks rights on')
})

test('a waiver of the file accepts it until its day, and a misspelt code is refused', async () => {
  const waiver = (code: string, expires: string) =>
    `waivers: [{ code: ${code}, reason: the rights are given at midnight, expires: '${expires}' }]\n`
  await rewrite(waiver('dms-rights', '2999-12-31'))
  const accepted = await stack.run('preflight', { migration: stack.file })
  expect(accepted.outputs).toMatchObject({ verdict: 'clear', blockers: '0' })
  expect(accepted.summary).toContain('Accepted until 2999-12-31: the rights are given at midnight')
  await rewrite(waiver('dms-rights', '2020-01-01'))
  const ended = await stack.run('preflight', { migration: stack.file })
  expect(ended.exitCode).toBe(1)
  expect(ended.summary).toContain('the waiver of dms-rights ended on 2020-01-01')
  await rewrite(waiver('dms-right', '2999-12-31'))
  const misspelt = await stack.run('preflight', { migration: stack.file })
  expect(misspelt.exitCode).toBe(1)
  expect(misspelt.summary).toContain('Did you mean dms-rights?')
})
