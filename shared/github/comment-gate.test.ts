import { expect, test } from 'vitest'
import { judgeCommentGate, spokenApproval, type CommentFacts, type CommentGateFacts } from './comment-gate.ts'

const digest = 'abcdef0123456789'.repeat(4)
const comment: CommentFacts = {
  id: 1,
  user: 'ben',
  userType: 'User',
  association: 'MEMBER',
  body: 'approve cutover abcdef012345',
  createdAt: '2026-01-01T03:00:00Z',
  ageMs: 60_000,
  edited: false,
}
const good: CommentGateFacts = {
  job: 'cutover',
  planDigest: digest,
  claims: { repository: 'o/r', run_id: '7', run_attempt: 1, actor: 'ana' },
  repository: 'o/r',
  runId: '7',
  attempt: 1,
  actor: 'ana',
  triggeringActor: 'ana',
  begun: 'nothing',
  place: 'issue 12 of o/r',
  comments: [comment],
  approvers: ['Ben', 'ana', 'cy'],
  named: ['Ben', 'ana', 'cy'],
  unreadTeams: [],
  evidenceAgeMs: 120_000,
  mostAgeMs: 86_400_000,
  used: [],
}

const refusals = (facts: Partial<CommentGateFacts>) =>
  judgeCommentGate({ ...good, ...facts })
    .problems.map(({ message, remedy }) => `${message} – ${remedy}`)
    .join('\n')
const changed = (change: Partial<CommentFacts>) => ({ comments: [{ ...comment, ...change }] })

test('a comment of somebody else who may, younger than the evidence, approves', () => {
  expect(judgeCommentGate(good)).toEqual({ problems: [], approvedBy: ['ben'], comment })
})

test.each<[string, Partial<CommentGateFacts>, RegExp]>([
  ['no comment', { comments: [] }, /nobody approved this cutover on issue 12 of o\/r/],
  ['a comment of the actor', changed({ user: 'ana' }), /its author started this run/],
  ['a comment of the triggering actor', { triggeringActor: 'BEN' }, /its author started this run/],
  ['one who started it by the token alone', { claims: { ...good.claims, actor: 'ben' } }, /started this run/],
  ['somebody the file does not name', changed({ user: 'eve' }), /does not name its author/],
  [
    'somebody of a team that cannot be read',
    { ...changed({ user: 'eve' }), unreadTeams: ['acme/dba'] },
    /the token may not read acme\/dba/,
  ],
  ['an outsider', changed({ association: 'CONTRIBUTOR' }), /no member or collaborator here \(CONTRIBUTOR\)/],
  ['a program', changed({ userType: 'Bot' }), /written by a program/],
  ['an edited comment', changed({ edited: true }), /it was edited afterwards/],
  ['another plan', changed({ body: 'approve cutover 0123456789ab' }), /names another plan, 0123456789ab/],
  ['too little of the digest', changed({ body: 'approve cutover abcdef' }), /nobody approved/],
  ['the other direction', changed({ body: 'approve fall-back abcdef012345' }), /it is for a fall-back/],
  ['a quotation', changed({ body: '> approve cutover abcdef012345\n\nreally?' }), /nobody approved/],
  ['a comment from before the evidence', { evidenceAgeMs: 59_000 }, /older than the evidence/],
  ['one of the same second as the evidence', { evidenceAgeMs: 60_500 }, /older than the evidence/],
  ['an old comment', { mostAgeMs: 30_000 }, /it is 60 s old, the policy allows 30 s/],
  ['one that another run began with', { used: [{ id: 1, runId: '6' }] }, /run 6 has begun with it/],
  [
    'a rejection beside it',
    {
      comments: [comment, { ...comment, id: 2, user: 'cy', body: 'Reject cutover abcdef012345\nnot today' }],
    },
    /cy rejected this cutover/,
  ],
  [
    'a later rejection of the same person',
    { comments: [comment, { ...comment, id: 2, ageMs: 30_000, body: 'reject cutover abcdef012345' }] },
    /ben rejected.*\n?.*nobody approved/s,
  ],
  [
    'a token of another attempt',
    { claims: { ...good.claims, run_attempt: 2 } },
    /token belongs to another run or attempt/,
  ],
  [
    'a re-run that began nothing',
    { attempt: 2, claims: { ...good.claims, run_attempt: 2 } },
    /this is attempt 2, and its run began nothing/,
  ],
])('%s is refused', (_, facts, message) => {
  expect(refusals(facts)).toMatch(message)
})

test('what to write stands in the remedy, with those who may', () => {
  expect(refusals({ comments: [] })).toContain(
    'Somebody of Ben, ana, cy who did not start this run comments on issue 12 of o/r: `approve cutover abcdef012345`',
  )
})

test('a re-run that has only to finish needs no younger comment', () => {
  const late = {
    evidenceAgeMs: 1000,
    mostAgeMs: 1000,
    used: [{ id: 1, runId: '7' }],
    begun: 'to-finish',
  } as const
  expect(refusals({ ...late, attempt: 2, claims: { ...good.claims, run_attempt: 2 } })).toBe('')
})

test('a later approval takes the rejection of the same person back', () => {
  const rejected = { ...comment, id: 0, ageMs: 90_000, body: 'reject cutover abcdef012345' }
  expect(refusals({ comments: [rejected, comment] })).toBe('')
})

test.each([
  ['approve cutover abcdef012345', 'approve', 'cutover'],
  ['\n  Approve  Cutover  ABCDEF012345  \nlooks fine', 'approve', 'cutover'],
  ['`approve fall-back abcdef012345`', 'approve', 'fall-back'],
])('%j is heard', (body, word, job) => {
  expect(spokenApproval(body)).toEqual({ word, job, digest: 'abcdef012345' })
})

test.each([
  'I approve cutover abcdef012345',
  'approve cutover abcdef012345 not',
  'approve\ncutover abcdef012345',
])('%j is not', (body) => {
  expect(spokenApproval(body)).toBeUndefined()
})
