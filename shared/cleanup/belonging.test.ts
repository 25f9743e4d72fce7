import { expect, test } from 'vitest'
import { belongsTo, isSlotOfTask } from './belonging.ts'

const arn = 'arn:aws:dms:eu-west-1:123456789012:endpoint:ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const found = { identifier: 'aurora-migration-shop-source', arn, owner: undefined }
const noted = (of: string | null) => [{ kind: 'endpoint' as const, identifier: found.identifier, arn: of }]

test('ours is what our tag says, or the journal by its ARN; a name proves nothing', () => {
  expect(belongsTo({ ...found, owner: 'shop' }, 'shop', [], [])).toBe('ours')
  expect(belongsTo(found, 'shop', noted(arn), [])).toBe('ours')
  expect(belongsTo(found, 'shop', noted(null), [])).toBe('nobody')
  expect(belongsTo(found, 'shop', noted('arn:of:another'), [])).toBe('nobody')
})

test('the tag of another migration wins over the journal and over being named', () => {
  expect(belongsTo({ ...found, owner: 'shop-2' }, 'shop', noted(arn), [arn])).toBe('other')
  expect(belongsTo(found, 'shop', [], [arn])).toBe('named')
})

test('DMS names the slots of a task after its external id', () => {
  const task = 'arn:aws:dms:eu-west-1:123456789012:task:Y2R2KWWLCFENFE4LABCDEFGHIJ'
  const slot = 'y2r2kwwlcfenfe4l_00016413_93278367_8cf9_456b_8be0_565d354a2cf1'
  expect(isSlotOfTask(slot, [task])).toBe(true)
  expect(isSlotOfTask('y2r2kwwlcfenfe4l_by_hand', [task])).toBe(false)
  expect(isSlotOfTask(slot.replace('y2r2', 'z2r2'), [task])).toBe(false)
  expect(isSlotOfTask(slot, [])).toBe(false)
  // An id that is too short to tell tasks apart, were there one.
  expect(
    isSlotOfTask('ab_00016413_93278367_8cf9_456b_8be0_565d354a2cf1', ['arn:aws:dms:eu-west-1:1:task:AB']),
  ).toBe(false)
})
