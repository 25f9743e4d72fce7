import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { EmulatorCall } from '../emulator/call-log.ts'
import { thisMachine } from './machine.ts'
import { makeOutFolder, readReport, runRehearsal } from './rehearsal-command.ts'
import type { RehearsalReport } from './report.ts'
import { strategyNames, type StrategyName } from './strategies.ts'
import { untoldCalls } from './untold-calls.ts'

// Two differ most from the other rehearsals; STRATEGIES=all adds the others.
const chosen: readonly StrategyName[] = process.env.STRATEGIES === 'all' ? strategyNames : ['C', 'D']

const folder = makeOutFolder('strategies')
afterAll(() => folder.remove())
const machine = await thisMachine()

/** Names of leaf tables of shop.events in the mappings of a task. */
function partitionsIn(call: EmulatorCall): string[] {
  const { TableMappings } = call.request as { TableMappings: string }
  return [...TableMappings.matchAll(/"table-name":"(events_\d+)"/gu)].map(([, name]) => name ?? '')
}

/** What makes each of them what it is, by what AWS was asked and what came of it. */
const proofs: Readonly<
  Record<StrategyName, (calls: readonly EmulatorCall[], report: RehearsalReport) => void>
> = {
  A: (calls) => {
    expect(calls.map(({ operation }) => operation)).toEqual(
      expect.arrayContaining(['CreateDBCluster', 'PromoteReadReplicaDBCluster']),
    )
  },
  B: (calls) => {
    expect(calls.filter(({ service }) => service === 'rds')).toEqual([])
  },
  C: (calls) => {
    const clone = calls.find(({ operation }) => operation === 'RestoreDBClusterToPointInTime')
    expect(clone?.account).toBe('444455556666')
    expect(clone?.request).toMatchObject({
      SourceDBClusterIdentifier: 'arn:aws:rds:eu-west-1:111122223333:cluster:shop-aurora-source',
    })
    const start = calls.find(({ operation }) => operation === 'StartReplicationTask')
    expect(start?.request).toMatchObject({
      CdcStartPosition: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/u),
    })
  },
  D: (calls, { sourceVersion, targetVersion }) => {
    expect([sourceVersion, targetVersion].map((version) => version.split('.')[0])).toEqual([
      machine.hasPostgres13 ? '13' : '15',
      '17',
    ])
    expect(calls.filter(({ operation }) => operation === 'CreateReplicationTask').length).toBeGreaterThan(1)
  },
  E: (calls) => {
    const tasks = calls.filter(({ operation }) => operation === 'CreateReplicationTask').map(partitionsIn)
    expect(new Set(tasks.flat()).size).toBeGreaterThanOrEqual(64)
    expect(tasks.filter((partitions) => partitions.length > 0).length).toBeGreaterThanOrEqual(4)
  },
}

test.each(chosen)('strategy %s migrates without losing a write', async (name) => {
  const out = join(folder.out, name)
  const { exitCode, stdout, stderr } = await runRehearsal(out, '--strategy', name, '--approve')
  expect({ exitCode, said: exitCode === 0 ? '' : stdout + stderr }).toEqual({ exitCode: 0, said: '' })
  const report = readReport(out)
  expect(report).toMatchObject({
    clean: true,
    lostWrites: 0,
    duplicateWrites: 0,
    splitBrainWrites: 0,
    sequenceCollisions: 0,
    sequencesBehind: 0,
    rowMismatches: 0,
  })
  expect(existsSync(join(out, 'report.html'))).toBe(true)
  const calls = readFileSync(join(out, 'work', 'aws', 'calls.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as EmulatorCall)
  proofs[name](calls, report)
  expect(untoldCalls(calls)).toEqual([])
})
