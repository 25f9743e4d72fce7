import { expect, test } from 'vitest'
import { idleSlot, serverSize } from '../../shared/cleanup/left-behind.ts'
import type { CleanupStep } from '../../shared/cleanup/cleanup-step.ts'
import { report, type CleanupOutcome } from './report.ts'

const step = (title: string): CleanupStep => ({
  id: title,
  where: 'AWS',
  title,
  commands: [`Call ${title}`],
  after: [],
  perform: () => Promise.resolve(),
})
const steps = [step('delete one'), step('delete another')]
const outcome = (more: Partial<CleanupOutcome> = {}): CleanupOutcome => ({
  work: {
    when: 'finished',
    stage: { live: 'target', fenced: 'source', guarded: false },
    databases: {},
  },
  plan: { stages: [steps], kept: ['the fence stays'], leftAlone: [], leftBehind: [] },
  lifts: false,
  cleaned: { done: steps, left: [] },
  ...more,
})

test('what could not be removed comes first and fails the step', () => {
  const left = [{ where: 'AWS' as const, title: 'delete one', reason: 'not allowed', remedy: 'Allow it.' }]
  const { failed, headline, outputs, summary } = report(outcome({ cleaned: { done: steps.slice(1), left } }))
  expect([failed, headline, outputs.state]).toEqual([true, '1 of 2 steps could not be done', 'incomplete'])
  expect(JSON.parse(outputs.left ?? '')).toEqual(left)
  expect(summary.indexOf('not allowed')).toBeLessThan(summary.indexOf('delete another'))
})

test('a dry run promises nothing and lists all', () => {
  const { failed, outputs, summary } = report(outcome({ cleaned: undefined }))
  expect([failed, outputs.state]).toEqual([false, 'planned'])
  expect(summary).toContain('this would end the way back')
  expect(summary).toContain('| AWS | delete another |')
})

test('the guard of a target that was given up is told of, unless it was lifted', () => {
  const work = {
    when: 'abandoned' as const,
    stage: { live: 'source' as const, fenced: undefined, guarded: true },
    databases: {},
  }
  expect(report(outcome({ work })).summary).toContain('**The target stays closed**')
  expect(report(outcome({ work, lifts: true })).summary).not.toContain('stays closed')
})

test('sizes are told that prices depend on, and no prices', () => {
  const server = { kind: 'instance', instanceClass: 'db.r6g.large', multiAz: true, readers: [] } as const
  const storage = { allocatedGib: 500, autoscalesToGib: undefined }
  expect(serverSize({ ...server, storage })).toMatch(
    /^db\.r6g\.large, Multi-AZ .*, 500 GiB, price list: https:/u,
  )
  expect(serverSize({ ...server, kind: 'cluster', storage: undefined, readers: ['r1'] })).toContain(
    'and 1 reader: r1',
  )
})

test('a slot of somebody else is named with its bytes, and how to drop it where that may be', () => {
  const slot = {
    slot: 'old',
    active: false,
    pid: null,
    here: true,
    database: 'shop',
    walBytes: '400000000000',
  }
  expect(idleSlot({ side: 'source', slot, others: false })).toMatchObject({
    size: '400 GB of WAL (400000000000 bytes)',
    how: 'where nobody needs it: `also: source:old`',
  })
  expect(idleSlot({ side: 'source', slot, others: true }).how).toBe('run cleanup for that migration')
})
