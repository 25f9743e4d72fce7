import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isApplicationWriter, openLedger, readLedger } from './ledger.ts'
import type { LedgerLine } from './ledger.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'))
  file = join(folder, 'ledger.ndjson')
})

afterEach(() => rmSync(folder, { recursive: true }))

const line: LedgerLine = {
  kind: 'acknowledged',
  at: 1000.25,
  writer: 'w1',
  seq: 7,
  server: 'source:5432',
  touched: { 'Warehouse.StockItem': ['1|B "2"'] },
  sequences: { 'shop.ticket_countdown': ['-9007199254740993'] },
  rttMs: 2.5,
}

it('gives back what was added, by one process after the other', () => {
  const first = openLedger(file)
  first.add({ kind: 'start', at: 1, writers: 8 })
  const second = openLedger(file)
  second.add(line)
  first.add({ kind: 'stop', at: 2 })
  first.close()
  second.close()
  expect(readLedger(file)).toEqual([{ kind: 'start', at: 1, writers: 8 }, line, { kind: 'stop', at: 2 }])
})

it('leaves out a last line that a kill cut short, and nothing else', () => {
  const ledger = openLedger(file)
  ledger.add(line)
  ledger.close()
  appendFileSync(file, '{"kind":"acknowledged","at":10')
  expect(readLedger(file)).toEqual([line])
})

it('names file and line of what is no ledger line', () => {
  writeFileSync(file, '{"kind":"stop","at":1}\n{"kind":"acknowledged","at":"yesterday"}\n')
  expect(() => readLedger(file)).toThrow(`${file}:2 is no ledger line`)
})

it('tells the application from the stale writer and the saboteur', () => {
  expect(['w1', 'w12', 'stale', 'saboteur', 'w'].map(isApplicationWriter)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})
