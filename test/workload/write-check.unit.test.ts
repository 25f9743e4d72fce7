import { describe, expect, it } from 'vitest'
import { accountFor } from './ledger-account.ts'
import type { LedgerLine } from './ledger.ts'
import { checkSwitchedWrites, checkUnswitchedWrites } from './write-check.ts'
import type { WriteRow } from './write-check.ts'

const servers = { source: 'source:1', target: 'target:2' }

function acknowledged(at: number, writer: string, seq: number, server: string): LedgerLine {
  return { kind: 'acknowledged', at, writer, seq, server, touched: {}, sequences: {}, rttMs: 1 }
}

function inDoubt(at: number, writer: string, seq: number, server: string): LedgerLine {
  return {
    kind: 'inDoubt',
    at,
    writer,
    seq,
    server,
    touched: {},
    sequences: {},
    code: 'connection-lost',
  }
}

function row(writer: string, seq: number, madeAtMs = 0, digest = `${writer}${seq}`): WriteRow {
  return { writer, seq: String(seq), madeAtMs, digest }
}

/** Two writes on the source, two on the target, which opened at 300. */
const lines: LedgerLine[] = [
  acknowledged(100, 'w1', 1, 'source:1'),
  acknowledged(200, 'w2', 1, 'source:1'),
  { kind: 'failed', at: 210, writer: 'w1', seq: 2, code: '57P01' },
  { kind: 'refused', at: 220, writer: 'w1', code: '42501' },
  acknowledged(300, 'w1', 3, 'target:2'),
  acknowledged(310, 'w2', 2, 'target:2'),
  { kind: 'stop', at: 400 },
]
const sourceRows = [row('w1', 1, 99), row('w2', 1, 199)]
const targetRows = [...sourceRows, row('w1', 3, 299), row('w2', 2, 309)]
const none = { lost: [], duplicate: [], splitBrain: [], mismatched: [] }

describe('after a switch', () => {
  const check = (
    source: WriteRow[],
    target: WriteRow[],
    more: LedgerLine[] = [],
  ): ReturnType<typeof checkSwitchedWrites> =>
    checkSwitchedWrites(accountFor([...lines, ...more], servers), source, target)

  it('finds nothing where everything is in its place', () => {
    expect(check(sourceRows, targetRows)).toEqual(none)
  })

  it('finds an acknowledged write lost, whichever side acknowledged it, and only lost', () => {
    expect(check(sourceRows, targetRows.slice(1))).toEqual({ ...none, lost: ['w1#1'] })
    expect(check(sourceRows, targetRows.slice(0, 3))).toEqual({ ...none, lost: ['w2#2'] })
  })

  it('counts a write once for each row too many', () => {
    const twice = [...targetRows, row('w2', 1, 199), row('w2', 1, 199), row('w1', 3, 299)]
    expect(check(sourceRows, twice)).toEqual({ ...none, duplicate: ['w2#1', 'w2#1', 'w1#3'] })
  })

  it('takes what the source acknowledged late for split brain, not for lost', () => {
    const late = acknowledged(301, 'stale', 9, 'source:1')
    expect(check([...sourceRows, row('stale', 9, 300.5)], targetRows, [late])).toEqual({
      ...none,
      splitBrain: ['stale#9'],
    })
    // … also where a task that still runs carried it over
    expect(check([...sourceRows, row('stale', 9)], [...targetRows, row('stale', 9)], [late])).toEqual({
      ...none,
      splitBrain: ['stale#9'],
    })
  })

  it('finds a late write on the source that nobody was told of', () => {
    const late = inDoubt(390, 'stale', 9, 'source:1')
    expect(check([...sourceRows, row('stale', 9, 380)], targetRows, [late])).toEqual({
      ...none,
      splitBrain: ['stale#9'],
    })
  })

  it('lets a write in doubt be on both sides or on none', () => {
    const doubt = inDoubt(250, 'w3', 1, 'source:1')
    expect(check(sourceRows, targetRows, [doubt])).toEqual(none)
    const there = row('w3', 1, 249)
    expect(check([...sourceRows, there], [...targetRows, there], [doubt])).toEqual(none)
    const onTarget = inDoubt(350, 'w3', 1, 'target:2')
    expect(check(sourceRows, [...targetRows, there], [onTarget])).toEqual(none)
  })

  it('finds what the source committed before the target opened and the target lacks', () => {
    const doubt = inDoubt(250, 'w3', 1, 'source:1')
    expect(check([...sourceRows, row('w3', 1, 249)], targetRows, [doubt])).toEqual({
      ...none,
      mismatched: ['w3#1'],
    })
  })

  it('finds a changed row, and one that no transaction made', () => {
    const changed = [row('w1', 1, 99, 'other'), ...targetRows.slice(1)]
    expect(check(sourceRows, changed)).toEqual({ ...none, mismatched: ['w1#1'] })
    expect(check(sourceRows, [...targetRows, row('w1', 2)])).toEqual({ ...none, mismatched: ['w1#2'] })
  })

  it('accepts that reverse replication brings the target’s writes to the source', () => {
    expect(check(targetRows, targetRows)).toEqual(none)
  })
})

describe('where the cutover was not let through', () => {
  const denied: LedgerLine[] = [
    acknowledged(100, 'w1', 1, 'source:1'),
    acknowledged(200, 'w2', 1, 'source:1'),
  ]

  it('lets the target be behind', () => {
    const account = accountFor(denied, servers)
    expect(checkUnswitchedWrites(account, sourceRows, sourceRows.slice(1))).toEqual(none)
  })

  it('finds what the source lost and what the target took', () => {
    const account = accountFor([...denied, acknowledged(250, 'w1', 2, 'target:2')], servers)
    const found = checkUnswitchedWrites(account, sourceRows.slice(1), [row('w1', 2), row('w9', 9)])
    expect(found).toEqual({ ...none, lost: ['w1#1'], splitBrain: ['w1#2', 'w9#9'] })
  })
})

describe('the account', () => {
  it('measures the longest gap between acknowledgements of application writers', () => {
    const account = accountFor(
      [...lines, acknowledged(250, 'stale', 1, 'source:1'), acknowledged(2000, 'saboteur', 1, 'source:1')],
      servers,
    )
    expect(account).toMatchObject({
      longestGapMs: 100,
      acknowledged: 5,
      openedAt: 300,
      lastAcknowledgedAt: 310,
      endedAt: 400,
    })
  })

  it('knows the servers that are neither side', () => {
    expect(accountFor([acknowledged(1, 'w1', 1, 'other:3')], servers).byOthers).toHaveLength(1)
  })
})
