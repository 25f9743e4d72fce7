import { expect, test } from 'vitest'
import { matchesPatterns } from './event-trigger.ts'

test.each([
  [['main'], 'main', true],
  [['main'], 'mainly', false],
  [['release/*'], 'release/1.2', true],
  [['release/*'], 'release/1/2', false],
  [['release/**'], 'release/1/2', true],
  [['**', '!staging/**'], 'staging/a', false],
  [['!staging', '**'], 'staging', true],
  [['v[12].[0-9]+'], 'v1.20', true],
  [['v1.0'], 'v1x0', false],
  [['feature/(a)'], 'feature/(a)', true],
])('patterns %j and the name %s: %s', (patterns, name, expected) => {
  expect(matchesPatterns(patterns, name)).toBe(expected)
})
