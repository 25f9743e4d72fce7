import { expect, test } from 'vitest'
import { decideStart, type Decision } from './phase.ts'

const row = (side: Decision['side'], phase: Decision['phase'], more: Partial<Decision> = {}): Decision => ({
  side,
  generation: 3n,
  runId: '7',
  attempt: 1,
  phase,
  planDigest: 'digest',
  evidenceId: null,
  detail: {},
  ours: true,
  ...more,
})
const source = (phase: Decision['phase'], more: Partial<Decision> = {}) => row('source', phase, more)
const target = (phase: Decision['phase'], more: Partial<Decision> = {}) => row('target', phase, more)

test.each<[string, Decision | undefined, Decision | undefined, string]>([
  ['a guarded target and no cutover yet', undefined, target('guarded'), 'fresh'],
  ['a run that was aborted', source('aborted'), target('guarded'), 'fresh'],
  ['a run that died before its commit point', source('paused'), target('guarded'), 'fresh'],
  ['a run that died after its commit point', source('committed'), target('guarded'), 'open'],
  ['a run that died after opening', source('committed'), target('opened'), 'switch'],
  ['a target that was never prepared', undefined, undefined, 'refuse'],
  ['a target whose row came with a clone', undefined, target('guarded', { ours: false }), 'refuse'],
  ['a source row that came with a clone', source('committed', { ours: false }), target('guarded'), 'fresh'],
  ['an open target beside a source that knows nothing', undefined, target('opened'), 'refuse'],
  ['an open target beside a source that aborted', source('aborted'), target('opened'), 'refuse'],
  ['an open target beside a paused source', source('paused'), target('opened'), 'refuse'],
  ['a target that carries the source’s row', source('committed'), source('committed'), 'refuse'],
  ['a source that carries the target’s row', target('guarded'), target('guarded'), 'refuse'],
  [
    'a target opened by another generation',
    source('committed'),
    target('opened', { generation: 2n }),
    'refuse',
  ],
  [
    'a committed source under another plan',
    source('committed', { planDigest: 'other' }),
    target('guarded'),
    'refuse',
  ],
])('%s', (_, sourceRow, targetRow, kind) => {
  expect(decideStart(sourceRow, targetRow, 'digest').kind).toBe(kind)
})

test('a dead run is handed on, so that its lock session can be ended', () => {
  const start = decideStart(source('paused', { detail: { lockPid: 42 } }), target('guarded'), 'digest')
  expect(start).toMatchObject({ kind: 'fresh', seenGeneration: 3n, deadRun: { detail: { lockPid: 42 } } })
})

test('a clone’s generation is not built upon by guessing: compare-and-set uses what is there', () => {
  expect(decideStart(source('committed', { ours: false }), target('guarded'), 'digest')).toMatchObject({
    seenGeneration: 3n,
  })
})
