import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { freePort } from '../postgres/free-port.ts'
import { makeOutFolder, runRehearsal } from './rehearsal-command.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = makeOutFolder('refused')
// The actions see the checkout alone, so the wrong files lie in it, where git does not look.
mkdirSync(join(root, '.build'), { recursive: true })
const files = mkdtempSync(join(root, '.build', 'refusals-'))
afterAll(() => {
  folder.remove()
  rmSync(files, { recursive: true })
})

const unused = await freePort()
const urls = (source: string, target: string): string[] => ['--source-url', source, '--target-url', target]
const nobody = `postgres://bootstrap:secret-word@127.0.0.1:${unused}/postgres`

test.each([
  {
    what: 'servers that cannot be reached',
    flags: urls(nobody, nobody),
    said: `--source-url: the server at 127.0.0.1:${unused} cannot be reached: connect ECONNREFUSED`,
  },
  {
    what: 'a URL that is none',
    flags: urls('localhost', nobody),
    said: '--source-url must be a URL such as postgres://user:password@host:5432/postgres',
  },
  {
    what: 'one URL of two',
    flags: ['--source-url', nobody],
    said: '--source-url and --target-url go together',
  },
  {
    what: 'a migration file that is not there',
    flags: ['--migration', 'nowhere.yml'],
    said: `--migration: there is no file ${join(root, 'nowhere.yml')}`,
  },
  {
    what: 'a migration file outside of the checkout',
    flags: ['--migration', '/etc/hostname'],
    said: '--migration: /etc/hostname lies outside of',
  },
  {
    what: 'a migration file with problems',
    flags: ['--migration', written('migration.yml', 'name: Not_A_Name\n')],
    said: 'migration.yml:1: name must be',
  },
  {
    what: 'a workflow with what the runner does not do',
    flags: [
      '--workflow',
      written(
        'workflow.yml',
        'on: workflow_dispatch\njobs:\n  one:\n    runs-on: any\n    strategy: { matrix: { a: [1] } }\n    steps: [{ run: "true" }]\n',
      ),
    ],
    said: 'workflow.yml:5: jobs.one.strategy: matrix and other strategies are not supported',
  },
  {
    what: 'a sabotage of a migration that is not let through',
    flags: ['--sabotage', 'lose', '--deny'],
    said: "'--sabotage <kind>' cannot be used with option '--deny'",
  },
  {
    what: 'half a writer',
    flags: ['--writers', '0.5'],
    said: "argument '0.5' is invalid. must be a whole number above 0",
  },
])('$what: refused before anything starts', async ({ flags, said }) => {
  const { exitCode, stdout, stderr } = await runRehearsal(folder.out, ...flags)
  expect(stderr).toContain(said)
  expect(stderr).not.toContain('secret-word')
  expect(stderr).not.toMatch(/^\s+at /mu)
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
})

test('a folder `work` that is somebody else’s stays as it is', async () => {
  const out = join(folder.out, 'theirs')
  mkdirSync(join(out, 'work'), { recursive: true })
  writeFileSync(join(out, 'work', 'thesis.txt'), 'years')
  const { exitCode, stderr } = await runRehearsal(out, '--approve')
  expect(stderr).toContain(`${join(out, 'work')} is no rehearsal's folder and stays as it is`)
  expect(exitCode).toBe(1)
})

/** Writes a file below the checkout; gives its path from there. */
function written(name: string, content: string): string {
  writeFileSync(join(files, name), content)
  return relative(root, join(files, name))
}
