import { expect, test } from 'vitest'
import { judgeGate, type GateFacts } from './gate.ts'

const good: GateFacts = {
  job: 'cutover',
  demanded: 'production-cutover',
  planDigest: 'abcdef0123456789',
  claims: { repository: 'o/r', run_id: '7', run_attempt: 1, environment: 'production-cutover' },
  repository: 'o/r',
  runId: '7',
  attempt: 1,
  actor: 'ana',
  triggeringActor: 'ana',
  environment: { name: 'production-cutover', reviewers: 2, preventSelfReview: true, adminsMayBypass: false },
  approvals: [{ state: 'approved', user: 'ben', comment: '', environments: ['production-cutover'] }],
  jobsUsingEnvironment: 1,
  begun: 'nothing',
}
const approvedBy = (
  user: string,
  comment = '',
  environments = ['production-cutover'],
  state = 'approved',
) => [{ state, user, comment, environments }]

test('an approval by another reviewer of the right environment passes', () => {
  expect(judgeGate(good)).toEqual({ problems: [], approvedBy: ['ben'] })
})

test.each<[string, Partial<GateFacts>, RegExp]>([
  ['no approval at all', { approvals: [] }, /no reviewer approved/],
  ['an approval by the actor', { approvals: approvedBy('ana') }, /who started this run/],
  ['an approval by the triggering actor', { triggeringActor: 'ben' }, /who started this run/],
  [
    'an approval for another environment',
    { approvals: approvedBy('ben', '', ['staging']) },
    /no reviewer approved/,
  ],
  [
    'a rejection beside an approval',
    { approvals: [...approvedBy('ben'), ...approvedBy('eve', '', ['production-cutover'], 'rejected')] },
    /rejected/,
  ],
  [
    'a job in another environment',
    { claims: { ...good.claims, environment: 'staging' } },
    /demands production-cutover/,
  ],
  [
    'a job in no environment',
    { claims: { repository: 'o/r', run_id: '7', run_attempt: 1 } },
    /no environment/,
  ],
  ['a token of another run', { claims: { ...good.claims, run_id: '8' } }, /another run/],
  ['a token of another attempt', { claims: { ...good.claims, run_attempt: 2 } }, /another run or attempt/],
  ['an environment that does not exist', { environment: undefined }, /does not exist/],
  [
    'an environment without reviewers',
    { environment: { name: 'x', reviewers: 0, preventSelfReview: true, adminsMayBypass: false } },
    /no required reviewers/,
  ],
  [
    'self-review allowed',
    { environment: { name: 'x', reviewers: 1, preventSelfReview: false, adminsMayBypass: false } },
    /self-review/,
  ],
  ['two jobs that use the environment', { jobsUsingEnvironment: 2 }, /2 jobs/],
  ['a workflow file that cannot be read', { jobsUsingEnvironment: undefined }, /cannot be read/],
  ['a re-run that began nothing', { attempt: 2, claims: { ...good.claims, run_attempt: 2 } }, /attempt 2/],
])('%s is refused', (_, change, message) => {
  const { problems } = judgeGate({ ...good, ...change })
  expect(problems.map((problem) => problem.message).join('\n')).toMatch(message)
})

test('a comment with the digest settles for which job the approval was given', () => {
  expect(
    judgeGate({ ...good, jobsUsingEnvironment: 2, approvals: approvedBy('ben', 'go for abcdef01') }).problems,
  ).toEqual([])
})

const attempt2 = { attempt: 2, claims: { ...good.claims, run_attempt: 2 } }

test('a re-run of a run that passed its commit point may finish it, and one whose pause was taken back may not begin anew', () => {
  expect(judgeGate({ ...good, ...attempt2, begun: 'to-finish' }).problems).toEqual([])
  const [problem] = judgeGate({ ...good, ...attempt2, begun: 'undone' }).problems
  expect(problem?.message).toContain('ended before its commit point')
  expect(problem?.remedy).toContain('Start a new run')
})

test('logins have no case: nobody approves under another spelling of the same name', () => {
  const { problems } = judgeGate({ ...good, actor: 'Ben' })
  expect(problems.map(({ message }) => message)).toEqual(['only ben approved, who started this run'])
})

test('where one environment holds both jobs, a comment names which of the two was meant', () => {
  const both = (job: GateFacts['job'], comment: string) =>
    judgeGate({ ...good, job, jobsUsingEnvironment: 2, approvals: approvedBy('ben', comment) }).problems
      .length
  expect(both('fall-back', 'go for abcdef01')).toBe(1)
  expect(both('fall-back', 'go for fall-back abcdef01')).toBe(0)
  expect(both('cutover', 'go for fall-back abcdef01')).toBe(1)
})
