import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { parseCommandFile, parsePathFile, readSummary, summaryLimit } from './command-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'files-'))
afterAll(() => rmSync(folder, { recursive: true }))

const parse = (text: string): (readonly [string, string])[] => [...parseCommandFile(text)]

test('both forms are read in order', () => {
  expect(parse('a=1\n\nb=x=y\nc<<END\none\n\ntwo\nEND\nd<<E\nE\nlast=no newline')).toEqual([
    ['a', '1'],
    ['b', 'x=y'],
    ['c', 'one\n\ntwo'],
    ['d', ''],
    ['last', 'no newline'],
  ])
})

test('an equals sign before << makes it a plain value', () => {
  expect(parse('a=b<<c\n')).toEqual([['a', 'b<<c']])
})

test('a value keeps its carriage returns and lines that only look like the delimiter', () => {
  expect(parse('a<<END\nx\r\n END\nEND\n')).toEqual([['a', 'x\r\n END']])
})

test.each([
  ['no sign at all', 'a\n', "Invalid format 'a'"],
  ['no name', '<<END\nx\nEND\n', 'Name must not be empty'],
  ['no delimiter', 'a<<\nx\n', 'delimiter must not be empty'],
  ['no end', 'a<<END\nx\n', "Matching delimiter not found 'END'"],
  ['a last line without newline', 'a<<END\nx', 'EOF marker missing new line'],
])('%s is refused', (_, text, message) => {
  expect(() => parse(text)).toThrow(message)
})

test('any value survives the block form with a delimiter that it does not hold', () => {
  const name = fc.stringMatching(/^[a-zA-Z_][\w-]{0,10}$/)
  const value = fc.string({ unit: fc.constantFrom('a', '=', '<', '\n', '\r', 'é', ' ', '"'), maxLength: 40 })
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 5 }), (pairs) => {
      const text = pairs.map(([key, one]) => `${key}<<ghadelimiter_1\n${one}\nghadelimiter_1\n`).join('')
      expect(parse(text)).toEqual(pairs)
    }),
  )
})

test('paths are one a line', () => {
  expect(parsePathFile('/a b\n\n/c\r\n')).toEqual(['/a b', '/c'])
})

test('a summary of exactly one MiB is kept, one byte more is an error', async () => {
  const file = join(folder, 'summary')
  writeFileSync(file, 'x'.repeat(summaryLimit))
  expect(await readSummary(file)).toEqual({ text: 'x'.repeat(summaryLimit) })
  writeFileSync(file, 'x'.repeat(summaryLimit + 1))
  expect(await readSummary(file)).toEqual({
    error: '$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got 1024k.',
  })
})

test('a removed summary is empty', async () => {
  expect(await readSummary(join(folder, 'absent'))).toEqual({ text: '' })
})
