import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { judge } from '../workload/judge.ts'
import { sabotage, SABOTAGES, type Sabotage } from '../workload/sabotage.ts'
import { openGivenServers, type GivenServers } from './given-servers.ts'
import { makeOutFolder, readReport, runRehearsal } from './rehearsal-command.ts'

// One rehearsal through the command, on servers that stay. The write that it lost is put back; then each thing is broken
// on a copy of what is clean again.

const folder = makeOutFolder('sabotaged')
const ledgerFile = join(folder.out, 'work', 'ledger.ndjson')
let servers: GivenServers
beforeAll(async () => {
  servers = await openGivenServers('sabotage')
})
afterAll(async () => {
  await servers.close()
  folder.remove()
})

const none = {
  lostWrites: 0,
  duplicateWrites: 0,
  splitBrainWrites: 0,
  sequenceCollisions: 0,
  sequencesBehind: 0,
  rowMismatches: 0,
}
const countOf: Readonly<Record<Sabotage, keyof typeof none>> = {
  lose: 'lostWrites',
  double: 'duplicateWrites',
  'late-write': 'splitBrainWrites',
  sequence: 'sequencesBehind',
  row: 'rowMismatches',
}

test('a rehearsal that loses one write ends with 1 and exactly that count', async () => {
  const flags = ['--approve', '--sabotage', 'lose', ...servers.flags]
  const { exitCode, stdout } = await runRehearsal(folder.out, ...flags)
  expect(stdout).toContain('✘ not clean')
  expect(exitCode).toBe(1)
  expect(readReport(folder.out)).toMatchObject({ ...none, lostWrites: 1, clean: false })
  expect(await judge({ ledgerFile, ...servers.sample })).toMatchObject({ ...none, lostWrites: 1 })
})

test('with that write put back, it is clean', async () => {
  const lost = /^deleted write (\d+) of (w\d+) on the target$/u.exec(readReport(folder.out).sabotage ?? '')
  const found = 'select id, writer, seq, note, made_at::text from shop.writes where writer = $1 and seq = $2'
  const [write = {}] = await servers.sql('source', found, [lost?.[2], lost?.[1]])
  await servers.sql(
    'target',
    'insert into shop.writes (id, writer, seq, note, made_at) values ($1, $2, $3, $4, $5)',
    Object.values(write),
  )
  expect(await judge({ ledgerFile, ...servers.sample })).toMatchObject({ ...none, clean: true, details: [] })
})

test.each(SABOTAGES)('what "%s" breaks is found, and nothing else', async (kind) => {
  const urls = await servers.copySample(`shop_${kind.replace('-', '_')}`)
  const ownLedger = join(folder.out, `${kind}.ndjson`)
  copyFileSync(ledgerFile, ownLedger)
  await sabotage(kind, { ledgerFile: ownLedger, ...urls })
  const verdict = await judge({ ledgerFile: ownLedger, ...urls })
  expect(verdict).toMatchObject({ ...none, [countOf[kind]]: 1, clean: false })
})
