import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import type { MigrationStack } from './migration-stack.ts'

let lab: CutoverLab
beforeAll(async () => {
  lab = await openCutoverLab(
    'finish-replica-role',
    '  freeze-budget: 20s\n  watch: 500ms\nduring-load: { replica-role: parameter-group }\n',
    async (stack) => {
      await stack.rewrite(
        '  freeze-budget: 20s\n  watch: 500ms\nduring-load: { replica-role: parameter-group }\n',
        named,
      )
      await stack.pair.sql('target', 'grant set on parameter session_replication_role to migrator')
      await stack.pair.sql('target', 'revoke set on parameter session_replication_role from dms_target')
    },
    {
      rds: ({ target }) => ({
        instances: [
          {
            identifier: 'shop-aurora-1',
            address: target.host,
            port: target.port,
            engine: 'aurora-postgresql',
            engineVersion: '17.10',
            clusterIdentifier: 'shop-aurora',
          },
        ],
        clusters: [
          {
            identifier: 'shop-aurora',
            address: target.host,
            port: target.port,
            engineVersion: '17.10',
            parameterGroup: 'shop-aurora17',
            members: ['shop-aurora-1'],
            server: {
              superuserUrl: target.superuserUrl,
              dataFolder: target.dataFolder,
              major: target.major,
            },
          },
        ],
        parameterGroups: [{ name: 'shop-aurora17', family: 'aurora-postgresql17', kind: 'cluster' }],
      }),
    },
  )
}, 120_000)
afterAll(() => lab.close())

const named = (text: string) =>
  text.replace('target: { secret: shop/target,', 'target: { secret: shop/target, rds-cluster: shop-aurora,')

/** What a new session of the application, and what one of DMS's, starts with. */
const startsWith = async (stack: MigrationStack, user: 'shop_app' | 'dms_target') => {
  const { Client } = await import('pg')
  const client = new Client({
    connectionString: stack.pair.target.url({ user, password: stack.pair.passwords[user] }, 'shop'),
  })
  await client.connect()
  try {
    const { rows } = await client.query<{ role: string }>(
      "select current_setting('session_replication_role') as role",
    )
    return rows[0]?.role
  } finally {
    await client.end()
  }
}

describe('replica mode by the parameter group', { timeout: 120_000 }, () => {
  test('DMS, which may not ask for it, is a replica; no trigger fired for its rows', async () => {
    const { stack } = lab
    expect(await startsWith(stack, 'dms_target')).toBe('replica')
    expect(
      await stack.pair.sql(
        'target',
        "select definition from aurora_migration.saved_state where kind = 'replica-role'",
      ),
    ).toEqual([{ definition: { group: 'shop-aurora17', kind: 'cluster', before: null } }])
    const synced = await stack.run('wait-cdc-sync', {
      migration: stack.file,
      'plan-digest': lab.digest,
      'max-wait': '60s',
      rounds: '2',
    })
    expect(synced.summary).toContain('caught up')
    expect(synced.exitCode).toBe(0)
    const again = await stack.run('create-task', { migration: stack.file, 'plan-digest': lab.digest })
    expect(again.summary).toContain('Changes (0)')
  })

  test('without the right to end it at the opening the cutover is refused before anybody waits', async () => {
    await lab.sql('target', 'revoke set on parameter session_replication_role from migrator')
    const refused = await (await lab.cutover()).ended
    expect(refused.exitCode).toBe(1)
    expect(refused.summary).toContain('GRANT SET ON PARAMETER session_replication_role')
    expect(await lab.write('source')).toBe('written')
    await lab.sql('target', 'grant set on parameter session_replication_role to migrator')
  })

  test('from the opening on sessions are ordinary ones; then the parameter group is as it was', async () => {
    const { stack } = lab
    const run = await (await lab.cutover({ runId: '101' })).ended
    expect(run.log).toContain('put session_replication_role of the parameter group shop-aurora17 back')
    expect(run.exitCode).toBe(0)
    expect(await startsWith(stack, 'shop_app')).toBe('origin')
    expect(await lab.write('target')).toBe('written')
    expect(
      await lab.sql(
        'target',
        "select (select count(*)::int from pg_db_role_setting where setconfig::text like '%session_replication_role%') as settings, (select setting from pg_file_settings where name = 'session_replication_role') as file, (select count(*)::int from aurora_migration.saved_state where kind = 'replica-role') as saved",
      ),
    ).toEqual([{ settings: 0, file: null, saved: 0 }])
  })
})
