import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runProgram } from './run-program.ts'
import { packageName, prepareBinaries } from './server-binaries.ts'
import type { Major, ServerBinaries } from './server-binaries.ts'

let folder: string
const prepare = (): Promise<ServerBinaries> => prepareBinaries(17, folder, join(folder, 'scratch'))

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'binaries '))
  mkdirSync(join(folder, 'binaries'))
  mkdirSync(join(folder, 'scratch'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('two runs at once get one copy that works, with the links to its libraries', async () => {
  const [first, second] = await Promise.all([prepare(), prepare()])
  expect(second).toEqual(first)
  await runProgram(first.postgres, ['--version'])
  expect(readlinkSync(join(dirname(first.postgres), '..', 'lib', 'libpq.so.5'))).toMatch(
    /^libpq\.so\.5\.\d+$/,
  )
})

test('a copy that lost a file, or part of one, is made anew', async () => {
  const { postgres, initdb } = await prepare()
  const size = statSync(postgres).size
  rmSync(initdb)
  await prepare()
  expect(readFileSync(initdb).subarray(1, 4).toString()).toBe('ELF')
  truncateSync(postgres, 1_000)
  await prepare()
  expect(statSync(postgres).size).toBe(size)
})

test('a program that fails is reported with what it wrote', async () => {
  const { initdb } = await prepare()
  await expect(runProgram(initdb, ['--nonsense'])).rejects.toThrow(
    /initdb --nonsense failed \(exit code 1\):[^]*unrecognized option/,
  )
})

test('a platform without servers, or a package that was left out, is named with the remedy', async () => {
  expect(packageName(15, 'linux-arm64')).toBe('postgres-15-linux-arm64')
  expect(() => packageName(15, 'darwin-arm64')).toThrow(
    'no embedded PostgreSQL for darwin-arm64. The embedded servers run on linux-x64 and linux-arm64',
  )
  expect(packageName(13, 'linux-x64')).toBe('postgres-13-linux-x64')
  expect(() => packageName(13, 'linux-arm64')).toThrow(
    'no embedded PostgreSQL 13 for linux-arm64, only for linux-x64',
  )
  const missing = 9 as Major
  await expect(prepareBinaries(missing, folder, folder)).rejects.toThrow(
    /postgres-9-linux-\w+ is not installed. Run "npm ci"/,
  )
})
