import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSplitter } from './line-splitter.ts'

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.write(chunk)
  splitter.end()
  return lines
}

test('LF, CRLF and CR end a line', () => {
  expect(split([Buffer.from('a\nb\r\nc\rd\n\ne')])).toEqual(['a', 'b', 'c', 'd', '', 'e'])
})

test('a line separator of Unicode does not end a line, so that no command can hide behind one', () => {
  expect(split([Buffer.from('text\u2028::error::x\u2029y\n')])).toEqual(['text\u2028::error::x\u2029y'])
})

test('the lines do not depend on how the bytes were cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'ä', '🙂', '\n', '\r', '\r\n'), { maxLength: 30 }),
      fc.array(fc.nat(40), { maxLength: 6 }),
      (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''))
        const edges = [
          0,
          ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
          bytes.length,
        ]
        const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
        expect(split(chunks)).toEqual(split([bytes]))
      },
    ),
  )
})
