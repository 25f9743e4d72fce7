import { expect, test } from 'vitest'
import { lostWrites } from './opened-since.ts'

const at = (changes: Record<string, string>, reset = '') => ({ reset, changes })

test.each([
  ['nothing was written', at({ 'a.b': '5' }), at({ 'a.b': '5' }), 'at least 0 row changes'],
  [
    'several tables, one of them new, above 2^53',
    at({ 'a.b': '5' }),
    at({ 'a.b': '9007199254740999', 'a.c': '6' }),
    'at least 9007199254741000 row changes',
  ],
  [
    'the statistics were reset',
    at({ 'a.b': '5' }, 'then'),
    at({ 'a.b': '9' }, 'now'),
    'could not be counted',
  ],
  ['a crash lost them', at({ 'a.b': '5' }), at({ 'a.b': '4' }), 'could not be counted'],
])('%s', (_, before, now, said) => {
  expect(lostWrites(before, now)).toContain(said)
})
