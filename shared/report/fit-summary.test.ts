import { expect, test } from 'vitest'
import { fitSummary } from './fit-summary.ts'
import { details } from './markdown.ts'

test('what fits stays as it is', () => {
  expect(fitSummary(['## a', details('b', 'c')])).toBe(
    '## a\n\n<details><summary>b</summary>\n\nc\n\n</details>\n',
  )
})

test('the largest folded part goes first, and says so; what is not folded stays', () => {
  const text = fitSummary(
    ['## verdict', details('small', 'x'.repeat(100)), details('large', 'y'.repeat(400)), '**Next:** go'],
    400,
  )
  expect(text).toContain('xxx')
  expect(text).not.toContain('yyy')
  expect(text).toContain('*large: left out here, 447 bytes long.*')
  expect(text).toContain('**Next:** go')
})

test('without folded parts the end is cut between lines, and the whole is within the limit', () => {
  const text = fitSummary(['ä'.repeat(20).concat('\n').repeat(40)], 500)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(500)
  expect(text).toMatch(/ä\n\n\*The rest is left out: a summary holds 1 MB\.\*\n$/u)
  expect(text).not.toContain('�')
})
