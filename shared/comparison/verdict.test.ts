import { describe, expect, test } from 'vitest'
import { judge, judgeCounts, nextStep, pauseBeforeLook, type Looks, type Sight } from './verdict.ts'

const a1: Sight = { content: 'a', version: '1' }
const a2: Sight = { content: 'a', version: '2' }
const b1: Sight = { content: 'b', version: '1' }
const b2: Sight = { content: 'b', version: '2' }

function looks(
  targetBefore: Sight | undefined,
  sourceBefore: Sight | undefined,
  targetAfter: Sight | undefined,
  sourceAfter: Sight | undefined,
): Looks {
  return { targetBefore, sourceBefore, targetAfter, sourceAfter }
}

describe('a row', () => {
  test.each([
    ['the same on both sides', looks(b1, a1, a2, a1), 'equal'],
    ['gone on both sides', looks(a1, undefined, undefined, undefined), 'equal'],
    ['another on the target, written by nobody', looks(b1, a1, b1, a1), 'changed'],
    ['not on the target, whatever was there before', looks(b1, a1, undefined, a1), 'missing'],
    ['only on the target, written by nobody', looks(a1, undefined, a1, undefined), 'surplus'],
    ['changed on the source', looks(a1, a1, a1, b2), 'moving'],
    [
      'changed on the source and back: the value is the same, the version is not',
      looks(b1, a1, b1, a2),
      'moving',
    ],
    ['inserted on the source in the meantime', looks(undefined, undefined, undefined, a1), 'moving'],
    ['deleted on the source in the meantime', looks(a1, a1, a1, undefined), 'moving'],
    [
      'inserted and deleted on the source, seen on the target in between',
      looks(undefined, undefined, a1, undefined),
      'moving',
    ],
    ['written on the target in the meantime', looks(b1, a1, b2, a1), 'moving'],
    ['deleted and inserted again on the target', looks(a1, undefined, a2, undefined), 'moving'],
  ] as const)('%s', (_said, given, verdict) => {
    expect(judge(given)).toBe(verdict)
  })
})

test('contents are counted: more or fewer than on the source', () => {
  const rows = (content: string): Sight => ({ content, version: content })
  expect(judgeCounts(looks(rows('10'), rows('9'), rows('10'), rows('9')))).toBe('surplus')
  expect(judgeCounts(looks(rows('9'), rows('10'), rows('9'), rows('10')))).toBe('missing')
  expect(judgeCounts(looks(rows('9'), rows('9'), rows('9'), rows('9')))).toBe('equal')
  expect(judgeCounts(looks(rows('9'), rows('9'), rows('9'), rows('10')))).toBe('moving')
})

describe('what becomes of a suspect', () => {
  test('a difference must be seen twice in a row', () => {
    expect(nextStep('changed', { looks: 0, confirmed: undefined }, 8)).toBe('look-again')
    expect(nextStep('changed', { looks: 1, confirmed: 'changed' }, 8)).toBe('different')
    expect(nextStep('missing', { looks: 1, confirmed: 'changed' }, 8)).toBe('look-again')
  })

  test('what always moves is given up, never called equal or different', () => {
    expect(nextStep('moving', { looks: 6, confirmed: undefined }, 8)).toBe('look-again')
    expect(nextStep('moving', { looks: 7, confirmed: undefined }, 8)).toBe('give-up')
    expect(nextStep('changed', { looks: 7, confirmed: undefined }, 8)).toBe('give-up')
    expect(nextStep('equal', { looks: 7, confirmed: undefined }, 8)).toBe('settled')
  })

  test('pauses grow up to eight seconds', () => {
    expect([0, 1, 3, 6, 7, 20].map(pauseBeforeLook)).toEqual([100, 200, 800, 6400, 8000, 8000])
  })
})
