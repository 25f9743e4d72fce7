import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { serverAccount } from './server-account.ts'
import { openServersFolder } from './servers-folder.ts'

let temporary: string
let planted: string

beforeEach(() => {
  temporary = realpathSync(mkdtempSync(join(tmpdir(), 'servers folder ')))
  chmodSync(temporary, 0o755)
  planted = join(temporary, `aurora-migration-servers-${process.getuid?.()}`)
  vi.stubEnv('TMPDIR', temporary)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(temporary, { recursive: true })
})

test('is made in the temporary folder, for its owner to write in only, whatever the umask', () => {
  const umask = process.umask(0o077)
  try {
    expect(openServersFolder(serverAccount())).toBe(planted)
  } finally {
    process.umask(umask)
  }
  expect(statSync(planted).mode & 0o777).toBe(0o711)
  expect(statSync(join(planted, 'templates')).mode & 0o777).toBe(0o700)
  expect(openServersFolder(serverAccount())).toBe(planted)
})

test('is refused as a link', () => {
  mkdirSync(join(temporary, 'elsewhere'))
  symlinkSync('elsewhere', planted)
  expect(() => openServersFolder(serverAccount())).toThrow(
    /aurora-migration-servers-\d+ must be a folder that user id/,
  )
})

test('is refused where others can write', () => {
  mkdirSync(planted)
  chmodSync(planted, 0o777)
  expect(() => openServersFolder(serverAccount())).toThrow('nobody else can write to')
})

test('is not made where the account of the servers cannot enter', () => {
  chmodSync(temporary, 0o700)
  const stranger = { uid: 54_321, gid: 54_321 }
  expect(openServersFolder(stranger).startsWith(temporary)).toBe(false)
})
