import { expect, test } from 'vitest'
import type { CaseResult } from './chaos-case.ts'
import { matrixTable } from './matrix-table.ts'

const clean: CaseResult = {
  code: '',
  case: 'forward | kill | nothing | before | source | 1 | commit',
  direction: 'forward',
  blow: 'kill',
  aftermath: 'nothing',
  struckIn: 'paused/guarded',
  endedIn: 'paused/guarded',
  ms: 2000,
  backMs: 90,
  acknowledged: 100,
  inDoubt: 0,
  lost: 0,
  duplicate: 0,
  splitBrain: 0,
  faults: [],
}

test('counts stand by blow, aftermath and the moment of the blow', () => {
  const table = matrixTable([
    clean,
    { ...clean, case: 'b', ms: 4000, backMs: 200 },
    { ...clean, case: 'c', struckIn: 'committed/guarded', ms: 3000 },
    { ...clean, case: 'd', aftermath: 're-run', struckIn: '-/guarded' },
  ])
  expect(table).toMatch(
    /\| forward +\| kill +\| nothing +\| +\| +2 \| +1 \| +0 \| +0 \| +0 \| +0\.2 s \| +3\.0 s \| +4\.0 s \|/u,
  )
  expect(table).toContain('4 cases, all clean.')
})

test('a case that is not clean is counted apart and named with what is wrong', () => {
  const wrong = { ...clean, case: 'e', lost: 2, faults: ['lost: w1#7', 'lost: w2#9'] }
  const table = matrixTable([clean, wrong])
  expect(table).toContain('1 of 2')
  expect(table).toContain('2 cases, 1 not clean:\n- `e`\n  - lost: w1#7\n  - lost: w2#9')
})
