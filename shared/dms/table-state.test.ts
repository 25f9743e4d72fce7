import { describe, expect, test } from 'vitest'
import { tableState, validation } from './table-state.ts'

describe('tableState', () => {
  test.each([
    ['Before load', 'waiting'],
    ['Full load', 'loading'],
    ['Table is being reloaded', 'loading'],
    ['Table completed', 'loaded'],
    ['Table error', 'errored'],
    ['Table cancelled', 'cancelled'],
    ['Table does not exist', 'missing'],
    ['Table is somewhere else', 'unknown'],
  ])('“%s” is %s', (word, meaning) => {
    expect(tableState(word)).toBe(meaning)
  })
})

describe('validation', () => {
  test.each([
    ['Not enabled', 'off'],
    ['Pending validation', 'waiting'],
    ['Pending records', 'busy'],
    ['Validated', 'validated'],
    ['Mismatched records', 'mismatched'],
    ['Suspended records', 'suspended'],
    ['No primary key', 'impossible'],
    ['Something new', 'unknown'],
  ])('“%s” is %s', (word, meaning) => {
    expect(validation(word)).toBe(meaning)
  })
})
