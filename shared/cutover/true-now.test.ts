import { expect, test } from 'vitest'
import type { Decision } from './phase.ts'
import { trueNowText, type RowNow } from './true-now.ts'

const row = (
  side: Decision['side'],
  phase: Decision['phase'],
  direction: Decision['direction'] = 'forward',
) => ({
  side,
  direction,
  generation: 3n,
  runId: '7',
  attempt: 2,
  phase,
  planDigest: 'd',
  evidenceId: null,
  detail: {},
  ours: true,
})

test.each<[string, RowNow, RowNow, string]>([
  ['nothing was begun', 'none', row('target', 'guarded'), 'The source is the database and takes writes'],
  [
    'taken back',
    row('source', 'aborted'),
    row('target', 'guarded'),
    'The source is the database and takes writes',
  ],
  [
    'the runner died in the pause',
    row('source', 'paused'),
    row('target', 'guarded'),
    'The source is the database; PostgreSQL takes its pause back',
  ],
  [
    'the dead-man will give back',
    row('source', 'fenced'),
    row('target', 'guarded'),
    'The source is the database; PostgreSQL takes its pause back',
  ],
  [
    'committed, not open',
    row('source', 'committed'),
    row('target', 'guarded'),
    'Nobody can write now. Run the job again at once',
  ],
  [
    'open',
    row('source', 'committed'),
    row('target', 'opened'),
    'The target is the database and takes writes',
  ],
  [
    'a fall-back taken back',
    row('source', 'committed'),
    row('target', 'aborted', 'back'),
    'The target is the database and takes writes',
  ],
  [
    'a fall-back past its commit point',
    row('source', 'committed'),
    row('target', 'committed', 'back'),
    'Nobody can write now',
  ],
  [
    'fallen back',
    row('source', 'opened', 'back'),
    row('target', 'committed', 'back'),
    'The source is the database and takes writes',
  ],
  ['a target that does not answer', row('source', 'committed'), 'silent', 'Not everything could be asked'],
  ['two that say open', row('source', 'opened'), row('target', 'opened'), 'which must not be'],
  ['another server', 'none', 'none', 'Not everything could be asked'],
])('%s', (_, source, target, verdict) => {
  const text = trueNowText({ source, target })
  expect(text.split('\n\n')[1]).toContain(verdict)
  expect(text).toMatch(/- \*\*Source:\*\* .+\n- \*\*Target:\*\* .+/u)
})

test('who wrote a row stands beside it', () => {
  const text = trueNowText({
    source: row('source', 'committed'),
    target: { ...row('target', 'opened'), ours: false },
  })
  expect(text).toContain('closed to every writer: it was left (generation 3, run 7 attempt 2)')
  expect(text).toContain('its row was written by another server')
})
