import { expect, test } from 'vitest'
import type { Plan } from '../migration/plan.ts'
import { howToApprove, windowText } from './how-to-approve.ts'

const digest = 'abcdef0123456789'.repeat(4)
const policy = (change: Partial<Plan['cutover']>) =>
  ({ environment: 'production-cutover', approval: null, window: null, ...change }) as Plan['cutover']

test('the environment, unless the plan wants a comment; then the very line, and who may write it', () => {
  expect(howToApprove(policy({}), digest)).toBe(
    'approve the job that waits in the environment production-cutover',
  )
  const approval = { issue: { repository: null, number: 12 }, approvers: ['ben', 'acme/dba'] }
  expect(howToApprove(policy({ approval }), digest)).toBe(
    'one of ben, acme/dba comments on issue 12: `approve cutover abcdef012345`; then somebody else starts the cutover',
  )
  const elsewhere = { ...approval, issue: { repository: 'acme/changes', number: 3 } }
  expect(howToApprove(policy({ approval: elsewhere }), digest)).toContain('on issue 3 of acme/changes')
})

test('the window in words', () => {
  expect(windowText({ window: null })).toBeUndefined()
  expect(
    windowText({
      window: { 'not-before': '2026-03-01T00:00:00Z', daily: '02:00-04:00', zone: 'Europe/Berlin' },
    }),
  ).toBe('not before 2026-03-01T00:00:00Z, between 02:00 and 04:00 Europe/Berlin')
})
