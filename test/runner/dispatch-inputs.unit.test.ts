import { expect, test } from 'vitest'
import { InvalidInputs, settleInputs } from './dispatch-inputs.ts'
import type { DispatchInput } from './dispatch-inputs.ts'

const input = (
  name: string,
  type: DispatchInput['type'],
  more: Partial<DispatchInput> = {},
): DispatchInput => ({
  name,
  type,
  required: false,
  default: undefined,
  options: [],
  ...more,
})

test('defaults are filled in and values get their types', () => {
  const declared = [
    input('name', 'string', { default: 'shop' }),
    input('dry', 'boolean'),
    input('count', 'number', { default: '3' }),
    input('fence', 'choice', { options: ['lock', 'read-only'] }),
  ]
  expect(settleInputs(declared, { dry: 'true', fence: 'lock' })).toEqual({
    typed: { name: 'shop', dry: true, count: 3, fence: 'lock' },
    text: { name: 'shop', dry: 'true', count: '3', fence: 'lock' },
  })
})

test('every problem is reported at once', () => {
  const declared = [
    input('must', 'string', { required: true }),
    input('dry', 'boolean'),
    input('count', 'number'),
    input('fence', 'choice', { options: ['lock'] }),
  ]
  const start = (): unknown => settleInputs(declared, { dry: 'yes', count: 'many', fence: 'wall', typo: 'x' })
  expect(start).toThrow(InvalidInputs)
  expect(start).toThrow(
    /unexpected input 'typo'.*'must' not provided.*'dry' is no boolean.*'count' is no number.*'fence' must be one of lock/,
  )
})
