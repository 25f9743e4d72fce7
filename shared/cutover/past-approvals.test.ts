import { expect, test } from 'vitest'
import { begunBy } from './past-approvals.ts'

const run = { direction: 'forward', runId: '7', planDigest: 'd' } as const
const row = { ours: true, direction: 'forward', runId: '7', planDigest: 'd', phase: 'committed' } as const

test.each([
  ['nothing at all', undefined, 'nothing'],
  ['past its commit point', row, 'to-finish'],
  ['paused, and dead since', { ...row, phase: 'paused' }, 'undone'],
  ['aborted', { ...row, phase: 'aborted' }, 'undone'],
  ['entered by a fall-back', { ...row, direction: 'back', phase: 'opened' } as const, 'nothing'],
  ['of another run', { ...row, runId: '8' }, 'nothing'],
  ['of another plan', { ...row, planDigest: 'e' }, 'nothing'],
  ['of the other direction', { ...row, direction: 'back' } as const, 'nothing'],
  ['of another server', { ...row, ours: false }, 'nothing'],
])('%s', (_, from, begun) => {
  expect(begunBy(from, run)).toBe(begun)
})
