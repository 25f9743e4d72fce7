import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { MigrationError } from '../runtime/errors.ts'
import { decodeDecisions, encodeDecisions, givenDecisions } from './decisions-text.ts'
import type { PlanDecisions } from './plan-decisions.ts'

const a = { schema: 'shop', table: 'a' }
const b = { schema: 'shop', table: 'b"ä' }
const decisions: PlanDecisions = {
  lobs: { taskMaxKb: 32, tables: [{ ...a, maxKb: 2048 }] },
  groups: [[a], [b]],
  ranges: [{ ...a, columns: ['id'], boundaries: [['1'], ['9223372036854775807']] }],
}
const text = (value: unknown) => deflateRawSync(JSON.stringify(value)).toString('base64url')

function refusal(work: () => unknown): MigrationError {
  try {
    work()
  } catch (error) {
    if (error instanceof MigrationError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the text of decisions', () => {
  test('gives them back, and is fit for an environment variable', () => {
    const encoded = encodeDecisions(decisions)
    expect(encoded).toMatch(/^[A-Za-z0-9_-]+$/u)
    expect(decodeDecisions(encoded, 'plan-decisions')).toEqual(decisions)
    expect(givenDecisions(encoded)).toEqual(decisions)
    expect(givenDecisions(undefined)).toBeUndefined()
  })

  test('is the same whatever the order of the keys', () => {
    const { lobs, groups, ranges } = decisions
    expect(encodeDecisions({ ranges, groups, lobs })).toBe(encodeDecisions(decisions))
  })

  test('leaves out the list of tables where one task carries all', () => {
    const tables = Array.from({ length: 50_000 }, (_, n) => ({ schema: 'shop', table: `table_${n}` }))
    const encoded = encodeDecisions({ lobs: decisions.lobs, groups: [tables], ranges: [] })
    expect(encoded.length).toBeLessThan(200)
    expect(decodeDecisions(encoded, 'x').groups).toEqual([])
  })

  test('carries 5,000 tables over 8 tasks, and refuses what a job cannot pass on', () => {
    const groups = (count: number) =>
      Array.from({ length: 8 }, (_, task) =>
        Array.from({ length: count / 8 }, (__, n) => ({
          schema: 'shop',
          table: `a_table_with_a_long_name_${task}_${(n * 7919) % 99_991}`,
        })),
      )
    const encoded = encodeDecisions({ ...decisions, groups: groups(5000) })
    expect(decodeDecisions(encoded, 'x').groups.flat()).toHaveLength(5000)
    const error = refusal(() => encodeDecisions({ ...decisions, groups: groups(80_000) }))
    expect(error.code).toBe('refused')
    expect(error.problems[0]).toMatchObject({
      field: 'dms.tasks',
      message: expect.stringMatching(/^the plan spreads 80000 tables over 8 tasks/u) as string,
      remedy: expect.stringContaining('dms.tasks.max: 1') as string,
    })
  })

  test.each([
    ['not base64', '%%%', 'is not what preflight gave'],
    ['not deflated', Buffer.from('{}').toString('base64url'), 'is not what preflight gave'],
    ['not JSON', deflateRawSync('{').toString('base64url'), 'is not what preflight gave'],
    ['another document', text([]), 'is not what preflight gave: '],
    ['a key too many', text({ ...decisions, extra: 1 }), 'Unrecognized key'],
    ['no ranges', text({ ...decisions, ranges: undefined }), 'ranges: '],
    [
      'a number for a boundary',
      text({ ...decisions, ranges: [{ ...a, columns: ['id'], boundaries: [[1]] }] }),
      'ranges.0.boundaries.0.0: ',
    ],
    [
      'a limit that DMS does not take',
      text({ ...decisions, lobs: { taskMaxKb: 1e6, tables: [] } }),
      'lobs.taskMaxKb: ',
    ],
  ])('that came from elsewhere is refused: %s', (_, foreign, message) => {
    const error = refusal(() => decodeDecisions(foreign, 'plan-decisions'))
    expect(error.code).toBe('invalid-input')
    expect(error.problems[0]).toMatchObject({
      field: 'plan-decisions',
      message: expect.stringContaining(message) as string,
      remedy: expect.stringContaining('needs.preflight.outputs.plan-decisions') as string,
    })
  })

  test('that unfolds to far more than any plan is refused before it fills the memory', () => {
    const bomb = deflateRawSync(Buffer.alloc(100 * 1024 * 1024)).toString('base64url')
    expect(refusal(() => decodeDecisions(bomb, 'plan-decisions')).code).toBe('invalid-input')
  })
})
