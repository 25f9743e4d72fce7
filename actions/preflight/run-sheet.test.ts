import { describe, expect, test } from 'vitest'
import { testMigration } from '../../shared/preflight/clean-facts.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { strategyChanges } from './aws-changes.ts'
import { runSheet } from './run-sheet.ts'

const newServer = { class: 'db.r6g.large', 'security-groups': [] }
const sheet = (change: Partial<Migration>, tasks = 1) =>
  runSheet(
    { ...testMigration, ...change },
    { tasks, load: { leastMinutes: 7, mostMinutes: 300 }, writes: 'about 5 to 9' },
  ).join('\n')
const changes = (change: Partial<Migration>, later: boolean) =>
  strategyChanges({ ...testMigration, ...change }, later).map((row) => row.join(' | '))

describe('runSheet', () => {
  test('numbers every step, says who, how long, and when to go on', () => {
    const lines = sheet({}, 3).split('\n')
    const steps = lines.filter((line) => /^\| \d/u.test(line))
    expect(steps.map((line) => Number(/\d+/u.exec(line)?.[0]))).toEqual(steps.map((_, n) => n + 1))
    for (const step of steps)
      expect(step).toMatch(/^\| \d+ \| (workflow job|reviewer|engineer) \| .+ \| .+ \| .+ \|$/u)
    expect(steps.find((line) => line.includes('| wait-full-load |'))).toContain('| 7 min to 5 h |')
    expect(steps.find((line) => line.includes('3 tasks made and started'))).toBeDefined()
    expect(steps.find((line) => line.includes('wait-cdc-sync'))).toContain('(about 5 to 9 rows)')
    expect(lines.filter((line) => line.startsWith('- [ ] ')).length).toBeGreaterThan(8)
  })

  test('keeps the order: nothing is approved before the evidence, nothing opened before the approval', () => {
    const text = sheet({})
    const places = [
      'wait-full-load |',
      'wait-cdc-sync',
      'Approves environment',
      'cutover: ',
      'cleanup: ',
    ].map((words) => text.indexOf(words))
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places[0]).toBeGreaterThan(0)
  })

  test('without a load by DMS there is none to wait for; the slots come first', () => {
    const text = sheet({ load: { by: 'aurora-clone', ...newServer } })
    expect(text).not.toContain('wait-full-load')
    const places = ['slots on the source, then the Aurora clone', 'prepares both sides', 'create-task: '].map(
      (words) => text.indexOf(words),
    )
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places[0]).toBeGreaterThan(0)
    expect(text).toContain('made and started from that LSN')
    expect(text).toContain('every task applies changes; none has errors')
  })

  test('says it where there is no way back, no validation, and where steps stand alone', () => {
    const { cutover, dms } = testMigration
    const text = sheet({
      prepare: 'separate',
      cutover: { ...cutover, 'fall-back': false },
      dms: { ...dms, validation: false },
    })
    expect(text).toContain('everybody knows that there is no way back')
    expect(text).not.toContain('DMS validation')
    expect(text).toContain('finish-target: ')
  })
})

describe('strategyChanges', () => {
  test('where the target is there, prepare-target lists its own changes; endpoints, tasks, source and secrets are added', () => {
    expect(changes({ schema: 'dump' }, false)).toEqual([
      expect.stringMatching(/^AWS \| DMS endpoints/u),
      expect.stringMatching(/^source \| closed to writers/u),
      expect.stringMatching(/^clients \| secret shop\/app pointed at the target/u),
      expect.stringMatching(/^target \| a replication slot for each task, made in the cutover’s check/u),
      expect.stringMatching(/^AWS \| DMS endpoints and reverse tasks/u),
      expect.stringMatching(/^source \| while rows come back/u),
    ])
    const { cutover } = testMigration
    expect(changes({ schema: 'dump', cutover: { ...cutover, 'fall-back': false } }, false)).toHaveLength(3)
  })

  test.each<[string, Partial<Migration>, string]>([
    ['a dump', { schema: 'dump' }, 'target | schema of the source, by pg_dump'],
    [
      'a framework',
      { schema: { command: ['npx', 'prisma'], 'url-env': 'URL' } },
      'target | `npx prisma` makes',
    ],
    ['a clone', { load: { by: 'aurora-clone', ...newServer } }, 'source | a replication slot for each task'],
    [
      'a snapshot taken before',
      { load: { by: 'snapshot', snapshot: 'monday', ...newServer } },
      'AWS |  restored from monday',
    ],
    [
      'a parameter group',
      { 'during-load': { 'replica-role': 'parameter-group', 'foreign-keys': 'keep', indexes: 'keep' } },
      'session_replication_role = replica in the parameter group',
    ],
    [
      'things dropped',
      { 'during-load': { 'replica-role': 'disabled-triggers', 'foreign-keys': 'drop', indexes: 'drop' } },
      'made again from their saved DDL',
    ],
  ])('of a target that is made later: %s is among them, with its undoing', (_, change, words) => {
    const rows = strategyChanges({ ...testMigration, ...change }, true)
    expect(rows.map((row) => row.join(' | ')).some((line) => line.includes(words))).toBe(true)
    expect(rows.every(([, , undone]) => undone.length > 0)).toBe(true)
    expect(rows.length).toBeGreaterThan(3)
  })
})
