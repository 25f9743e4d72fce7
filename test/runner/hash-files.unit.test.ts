import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashFiles } from './hash-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'hash-'))

beforeAll(() => {
  mkdirSync(join(folder, 'a/b'), { recursive: true })
  writeFileSync(join(folder, 'a/one.yml'), '1')
  writeFileSync(join(folder, 'a/b/two.yml'), '2')
  writeFileSync(join(folder, 'lock.json'), '3')
})
afterAll(() => rmSync(folder, { recursive: true }))

const sha = (...contents: string[]): string =>
  contents
    .reduce((total, one) => total.update(createHash('sha256').update(one).digest()), createHash('sha256'))
    .digest('hex')

test('one file hashes to the hash of its hash', () => {
  expect(hashFiles(folder, ['lock.json'])).toBe(sha('3'))
})

test('several patterns, folders and exclusions', () => {
  expect(hashFiles(folder, ['**/*.yml', 'lock.json'])).toBe(sha('2', '1', '3'))
  expect(hashFiles(folder, ['**/*.yml\n!a/b/**'])).toBe(sha('1'))
})

test('no match is the empty string', () => {
  expect(hashFiles(folder, ['*.none'])).toBe('')
})
