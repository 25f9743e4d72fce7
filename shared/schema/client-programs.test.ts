import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findClientPrograms } from './client-programs.ts'

const { signal } = new AbortController()
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'programs '))
  for (const name of ['pg_dump', 'pg_restore', 'psql']) {
    const file = join(folder, name)
    await writeFile(file, '#!/bin/sh\necho "pg_dump (PostgreSQL) 16.4 (Ubuntu 16.4-0ubuntu0.24.04.2)"\n')
    await chmod(file, 0o755)
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('programs of the source’s major or later are taken, by their paths', async () => {
  const path = `/nowhere:${folder}:/bin`
  expect(await findClientPrograms(16, signal, path)).toEqual({
    pgDump: join(folder, 'pg_dump'),
    pgRestore: join(folder, 'pg_restore'),
    psql: join(folder, 'psql'),
    major: 16,
  })
})

test('older ones refuse with the line that installs the right ones', async () => {
  await expect(findClientPrograms(17, signal, `${folder}:/bin`)).rejects.toMatchObject({
    code: 'precondition',
    message: 'pg_dump on the PATH is of PostgreSQL 16, the source of 17',
    remedy: expect.stringContaining('sudo apt-get install -y postgresql-client-17') as string,
  })
})

test('what is missing is named', async () => {
  await expect(findClientPrograms(15, signal, '/nowhere')).rejects.toMatchObject({
    message: 'pg_dump, pg_restore, psql not found on the PATH',
  })
})
