import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { writeInterimSummary } from './interim-summary.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interim-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

test('the newest text is all there is', async () => {
  const file = join(folder, 'summary')
  await writeFile(file, '')
  vi.stubEnv('GITHUB_STEP_SUMMARY', file)
  await writeInterimSummary('a long text of before')
  await writeInterimSummary('newer')
  expect(await readFile(file, 'utf8')).toBe('newer')
  expect(await readdir(folder)).toEqual(['summary'])
})

test('a text that GitHub would not take is cut', async () => {
  const file = join(folder, 'summary')
  vi.stubEnv('GITHUB_STEP_SUMMARY', file)
  await writeInterimSummary(`begins${'ä'.repeat(2 ** 20)}`)
  const written = await readFile(file)
  expect(written.length).toBeLessThan(2 ** 20)
  expect(written.toString()).toMatch(/^begins[^]*cut at 1 MB$/u)
})

test('where it cannot be written, or no summary is asked for, nothing happens', async () => {
  vi.stubEnv('GITHUB_STEP_SUMMARY', join(folder, 'missing', 'summary'))
  await writeInterimSummary('x')
  vi.stubEnv('GITHUB_STEP_SUMMARY', '')
  await writeInterimSummary('x')
  expect(await readdir(folder)).toEqual([])
})
