import { expect, test } from 'vitest'
import { harmless } from './log.ts'

test.each([
  ['::set-output name=x::y', '  | ::set-output name=x::y'],
  ['  ::error::x', '  |   ::error::x'],
  ['##[group]x', '  | ##[group]x'],
  ['first\n::add-mask::x', 'first\n  | ::add-mask::x'],
  ['first\r::add-mask::x', 'first\n  | ::add-mask::x'],
  ['plain text', 'plain text'],
])('foreign text %j cannot become a workflow command', (text, expected) => {
  expect(harmless(text)).toBe(expected)
})
