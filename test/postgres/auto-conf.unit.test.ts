import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { changeAutoConf } from './auto-conf.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'auto-conf '))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('settings are set once, taken back, or left as they are', () => {
  const file = join(folder, 'postgresql.auto.conf')
  writeFileSync(file, "# Do not edit\nwork_mem = '4MB'\nwal_level = 'logical'\nautovacuum = 'off'\n")
  changeAutoConf(folder, { wal_level: 'replica', autovacuum: undefined, search_path: "it's \\ a" })
  expect(readFileSync(file, 'utf8')).toBe(
    "# Do not edit\nwork_mem = '4MB'\nwal_level = 'replica'\nsearch_path = 'it''s \\\\ a'\n",
  )
})
