import { afterAll, beforeAll, expect, test } from 'vitest'
import { openGivenServers, type GivenServers } from './given-servers.ts'
import { makeOutFolder, readReport, runRehearsal } from './rehearsal-command.ts'

const folder = makeOutFolder('denied')
let servers: GivenServers
beforeAll(async () => {
  servers = await openGivenServers('deny')
})
afterAll(async () => {
  await servers.close()
  folder.remove()
})

test('where the reviewer says no, nothing is cut over, and the rehearsal ends with 0', async () => {
  const { exitCode, stdout, stderr } = await runRehearsal(folder.out, '--deny', ...servers.flags)
  expect(stdout).toContain('✔ clean')
  expect(exitCode).toBe(0)
  expect(stderr).toContain('production-cutover rejected by reviewer')
  expect(readReport(folder.out)).toMatchObject({
    clean: true,
    denied: true,
    targetRefusesApplication: true,
    lostWrites: 0,
    duplicateWrites: 0,
    freezeMs: null,
    phases: [],
    jobs: { sync: { result: 'success' }, cutover: { result: 'failure' } },
  })
})

test('the source still takes the application’s writes, and the target refuses it', async () => {
  const before = await writes('source')
  // As the application: neither the superuser's rights nor its settings are left.
  await servers.sql(
    'source',
    `do $$ begin
       set local session_replication_role = origin;
       reset default_transaction_read_only;
       set local role shop_app;
       insert into shop.writes (writer, seq, note) values ('w1', 1000000, 'after the denial');
     end $$`,
  )
  expect(await writes('source')).toBe(before + 1)
  const mayConnect = `select has_database_privilege('shop_app', 'shop', 'connect') as allowed`
  expect(await servers.sql('source', mayConnect)).toEqual([{ allowed: true }])
  expect(await servers.sql('target', mayConnect)).toEqual([{ allowed: false }])
})

test('no decision was taken on either side', async () => {
  expect(await servers.sql('source', 'select phase from aurora_migration.decision')).toEqual([])
})

test('a second rehearsal on the same servers says what is in its way, and touches nothing', async () => {
  const before = await writes('source')
  const { exitCode, stdout, stderr } = await runRehearsal(folder.out, '--approve', ...servers.flags)
  expect(exitCode).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/✘ --(source|target)-url: .* has a database shop already/u)
  expect(await writes('source')).toBe(before)
})

async function writes(side: 'source' | 'target'): Promise<number> {
  const [row] = await servers.sql(side, 'select count(*)::int as count from shop.writes')
  return Number(row?.count)
}
