import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import { notes, writeNote } from './fall-back-notes.ts'
import { hostileGrants, rights } from './hostile-grants.ts'

// There, back, and there again behind `fence: read-only`.
let lab: CutoverLab

beforeAll(async () => {
  lab = await openCutoverLab(
    'read-only fall-back',
    '  fence: read-only\n  freeze-budget: 12s\n  watch: 200ms\n',
    hostileGrants,
  )
}, 180_000)
afterAll(() => lab.close())

test('every write comes back, each side is as it was before its fence, and one cuts over again', async () => {
  const sourceBefore = await rights(lab, 'source')
  const there = await (await lab.cutover()).ended
  expect(there.exitCode, there.log).toBe(0)
  expect(there.log).toContain('the way back is proved')
  const targetBefore = await rights(lab, 'target')
  await writeNote(lab, 'target', 'after the cutover')
  expect([await lab.write('source'), await lab.write('target')]).toEqual(['42501', 'written'])

  const back = await (await lab.fallBack()).ended
  expect(back.exitCode, back.log).toBe(0)
  expect([await lab.decision('source'), await lab.decision('target')]).toEqual(['opened', 'committed'])
  expect(await notes(lab, 'source')).toEqual(['after the cutover'])
  expect([await lab.write('source'), await lab.write('source', 'shop_batch')]).toEqual(['written', 'written'])
  expect(await lab.write('target')).toBe('42501')
  expect(await rights(lab, 'source')).toEqual(sourceBefore)
  await writeNote(lab, 'source', 'after the fall-back')

  const evidence = await lab.evidenceAgain(2n)
  const again = await (await lab.cutover({ runId: '301', inputs: { 'evidence-id': evidence } })).ended
  expect(again.exitCode, again.log).toBe(0)
  expect([await lab.decision('source'), await lab.decision('target')]).toEqual(['committed', 'opened'])
  expect(await notes(lab, 'target')).toEqual(['after the cutover', 'after the fall-back'])
  expect(await rights(lab, 'target')).toEqual(targetBefore)
  expect([await lab.write('source'), await lab.write('target')]).toEqual(['42501', 'written'])
}, 180_000)
