import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { LedgerLine } from '../workload/ledger.ts'
import { seenSince } from './cutover-writers.ts'

const acknowledged = (at: number, writer = 'w1'): LedgerLine => ({
  kind: 'acknowledged',
  at,
  writer,
  seq: at,
  server: 'source:1',
  touched: {},
  sequences: {},
  rttMs: 1,
})
const failed = (at: number, writer: string, code: string): LedgerLine => ({
  kind: 'failed',
  at,
  writer,
  seq: at,
  code,
})

test('the wait is that of all application writers together, and what failed is counted for each', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger '))
  const file = join(folder, 'ledger.ndjson')
  const lines = [
    acknowledged(0),
    failed(50, 'w1', '40P01'),
    acknowledged(100),
    failed(150, 'w1', '57P01'),
    failed(151, 'w2', '57P01'),
    // The stale writer goes on where the others wait: that is no write that anybody is served with.
    acknowledged(160, 'stale'),
    acknowledged(300, 'w2'),
    acknowledged(320, 'w1'),
  ]
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  expect(seenSince(file, 90, { inDoubtWrites: 2 })).toEqual({
    gap: 200,
    failed: { w1: 1, w2: 1 },
    codes: { '57P01': 2 },
    inDoubt: 2,
  })
  rmSync(folder, { recursive: true })
})

test('a wait that began before the cutover counts from its start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger '))
  const file = join(folder, 'ledger.ndjson')
  writeFileSync(
    file,
    [acknowledged(0), acknowledged(130)].map((line) => `${JSON.stringify(line)}\n`).join(''),
  )
  expect(seenSince(file, 90, { inDoubtWrites: 0 })).toMatchObject({ gap: 40, failed: {} })
  rmSync(folder, { recursive: true })
})
