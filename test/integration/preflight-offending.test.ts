import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { cleanFacts, known } from '../../shared/preflight/clean-facts.ts'
import { cleanRds } from '../../shared/preflight/clean-rds.ts'
import type { PreflightFacts, SideOutside } from '../../shared/preflight/facts.ts'
import { runChecks } from '../../shared/preflight/finding.ts'
import { inspect } from '../../shared/preflight/inspect.ts'
import { checks } from '../../shared/preflight/registry.ts'
import { verdictOf, type CodedFinding } from '../../shared/preflight/verdict.ts'
import { allOffences } from './offences/all.ts'
import { keptLog, openSamplePair, sampleMigrationFile, type SamplePair } from './sample-pair.ts'

// One pair of databases that is clean, and then built to offend: one object, or one answer, for each finding.

let pair: SamplePair
let clean: PreflightFacts
let offending: PreflightFacts

beforeAll(async () => {
  pair = await openSamplePair('preflight-offending')
  clean = await look()
  for (const { side = 'source', sql = [] } of allOffences)
    for (const statement of sql) await pair.sql(side, statement)
  offending = allOffences.reduce((facts, { change }) => change?.(facts) ?? facts, await look())
}, 120_000)
afterAll(() => pair.close())

/** What AWS says of a side with nothing wrong: an RDS instance as the source, an Aurora cluster as the target. */
function onRds(side: 'source' | 'target'): SideOutside {
  const { host, port } = pair[side]
  const server = cleanRds(side === 'source' ? 'instance' : 'cluster', { address: host, port })
  const group = server.parameterGroups[0]?.name ?? ''
  return {
    address: { host, port },
    rds: known(server),
    parameters: known([{ group, name: 'rds.logical_replication', value: '1' }]),
    maintenance: known([]),
    freeStorage: known(side === 'source' ? { bytes: String(60 * 1024 ** 3), growthBytes: '0' } : undefined),
    alarms: known([]),
    openRules: known([]),
  }
}

async function look(): Promise<PreflightFacts> {
  const settings = { default_transaction_read_only: 'on', statement_timeout: '0' }
  const source = await pair.session('source', settings)
  const target = await pair.session('target', settings)
  try {
    const outside = {
      ...cleanFacts(),
      source: onRds('source'),
      target: onRds('target'),
      switchSecrets: [{ secret: 'shop/app', keys: known(['host', 'port', 'dbname']) }],
    }
    const migration = parseMigration(sampleMigrationFile(), 'shop.yml')
    return (await inspect(migration, { source, target }, outside, keptLog())).facts
  } finally {
    await source.close()
    await target.close()
  }
}

const findingsOf = (facts: PreflightFacts, leaveOut: readonly string[] = []): readonly CodedFinding[] =>
  verdictOf(runChecks(checks, facts, leaveOut)).findings

test('the clean sample raises no blocker, and no check of it is left unmade', () => {
  const results = runChecks(checks, clean)
  expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
})

describe('the offending databases', () => {
  test.each(allOffences.map((offence) => [offence.code, offence.object ?? 'any object', offence] as const))(
    '%s is named: %s',
    (code, _, { object }) => {
      const objects = findingsOf(offending)
        .filter((finding) => finding.code === code)
        .flatMap((finding) => finding.objects)
      expect(objects).toContain(object ?? objects[0] ?? 'any object')
    },
  )

  test('no offence hides another: every check could be made', () => {
    expect(runChecks(checks, offending).filter(({ outcome }) => outcome === 'unverified')).toEqual([])
  })

  test.each(checks.map(({ code }) => code))('without %s exactly its finding is missing', (code) => {
    const all = findingsOf(offending)
    const without = findingsOf(offending, [code])
    const expected = all.filter((finding) => finding.code !== code)
    expect(without).toEqual(expected)
    expect(expected.length).toBeLessThan(all.length)
  })
})

test('a code that no check has cannot be left out', () => {
  expect(() => runChecks(checks, clean, ['source-wal'])).toThrow('no check has the code source-wal')
})
