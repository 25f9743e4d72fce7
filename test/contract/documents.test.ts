import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { withMigrationKeys } from '../docs/migration-keys.ts'
import { migrationSchemaText } from '../docs/migration-schema.ts'
import { filesBelow, root, textOf } from './repository.ts'

test('migration.schema.json is what the actions check with', () => {
  expect(textOf('migration.schema.json'), 'run npm run docs').toBe(migrationSchemaText())
})

test('docs/migration-file.md has every key of the migration file', async () => {
  const document = textOf('docs/migration-file.md')
  expect(document, 'run npm run docs').toBe(await withMigrationKeys(document))
})

test('every file that a document links to is there', () => {
  const broken: string[] = []
  for (const document of filesBelow('').filter((path) => path.endsWith('.md') && !path.startsWith('dist/'))) {
    for (const [, target = ''] of textOf(document).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/gu)) {
      if (!existsSync(join(root, dirname(document), target))) broken.push(`${document} → ${target}`)
    }
  }
  expect(broken).toEqual([])
})

test('every picture is shown by a document, says in words what is on it, and has less than 300 kB', () => {
  const shown = filesBelow('')
    .filter((path) => path.endsWith('.md') && !path.startsWith('dist/'))
    .flatMap((document) =>
      [...textOf(document).matchAll(/!\[([^\]]*)\]\((?!https?:)([^)\s]+)\)/gu)].map(
        ([, words = '', target = '']) => ({
          words,
          path: join(dirname(document), target),
        }),
      ),
    )
  expect(new Set(shown.map(({ path }) => path))).toEqual(new Set(filesBelow('docs/pictures')))
  expect(shown.filter(({ words }) => words.length < 40)).toEqual([])
  expect(shown.filter(({ path }) => statSync(join(root, path)).size > 300_000)).toEqual([])
})

/** Anchors of a document's headings as GitHub makes them: lower case, spaces as hyphens, other signs gone. */
function anchorsOf(document: string): Set<string> {
  return new Set(
    [...document.matchAll(/^#{1,6} (.+)$/gmu)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

test('every heading that a document links to is there', () => {
  const broken: string[] = []
  for (const document of filesBelow('').filter((path) => path.endsWith('.md') && !path.startsWith('dist/'))) {
    for (const [, target = '', anchor = ''] of textOf(document).matchAll(
      /\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)/gu,
    )) {
      const path = target === '' ? document : join(dirname(document), target)
      if (!anchorsOf(textOf(path)).has(anchor)) broken.push(`${document} → ${target}#${anchor}`)
    }
  }
  expect(broken).toEqual([])
})

test('the map in docs/architecture.md has a row for every folder of shared/', () => {
  const rows = textOf('docs/architecture.md')
    .split('\n')
    .filter((line) => line.startsWith('| `shared/'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(shared\/[a-z0-9-]+)`/gu)])
    .map(([, folder]) => folder)
  const folders = new Set(filesBelow('shared').map((path) => path.split('/').slice(0, 2).join('/')))
  expect(new Set(rows)).toEqual(folders)
  expect(rows).toHaveLength(folders.size)
})

test('every npm script is told of in README or CONTRIBUTING', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
  const words = textOf('README.md') + textOf('CONTRIBUTING.md')
  const untold = Object.keys(scripts).filter(
    (name) => !words.includes(name === 'test' ? 'npm test' : `npm run ${name}`),
  )
  expect(untold).toEqual([])
})
