import { basename, extname } from 'node:path'
import { expect, test } from 'vitest'
import { actionFolders } from '../build/action-file.ts'
import { filesBelow, productSources, root, textOf } from './repository.ts'

const tracked = filesBelow('').filter((path) => !path.startsWith('dist/'))

test('no file is named for what it merely contains', () => {
  const vague = /^(utils?|helpers?|types?|constants?|common|misc|shared|lib|stuff|tools)$/u
  const wordOf = (path: string) => basename(path).split('.')[0] ?? ''
  expect(tracked.filter((path) => extname(path) === '.ts' && vague.test(wordOf(path)))).toEqual([])
})

test('file names are kebab-case', () => {
  const code = tracked.filter((path) => /^(actions|shared|test)\/.*\.(ts|sql)$/u.test(path))
  // The control tables of DMS have their own names, and so do the files that make them.
  expect(
    code.filter(
      (path) =>
        !/^(awsdms_[a-z0-9_]+|[a-z0-9-]+)(\.(unit|long))?(\.test|\.d)?(\.config)?\.(ts|sql)$/u.test(
          basename(path),
        ),
    ),
  ).toEqual([])
})

test('the product does not know that it may be watched: no word of the emulator, no endpoint of its own', () => {
  const telling = /emulat|\bendpoint\s*:\s*(process\.|environment|inputs|`|')/iu
  expect(productSources().filter((path) => telling.test(textOf(path)))).toEqual([])
  const inputs = actionFolders(`${root}/actions`).filter((folder) =>
    /^ {2}[\w-]*endpoint[\w-]*:/mu.test(textOf(`actions/${folder}/action.yml`)),
  )
  expect(inputs).toEqual([])
})

test('statements are in .sql files with names of their own, since a bundle keeps them in one folder', () => {
  const names = tracked
    .filter((path) => /^(actions|shared)\/.*\.sql$/u.test(path))
    .map((path) => basename(path))
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})

test('every .sql file of the product is loaded in the one form that the bundler follows', () => {
  const loaded = productSources().flatMap((path) =>
    [...textOf(path).matchAll(/new URL\('([^']+\.sql)',\s*import\.meta\.url\)/gu)].map(([, name]) =>
      basename(name ?? ''),
    ),
  )
  const files = tracked.filter((path) => /^(actions|shared)\/.*\.sql$/u.test(path)).map((p) => basename(p))
  expect(loaded.toSorted()).toEqual(files.toSorted())
})

test('nothing names the place where it was written', () => {
  // Spelled in parts, so that this file does not name it either.
  const places = new RegExp(
    [['fa', 'rm'].join(''), ['/wo', 'rk/(main|shared|\\.)'].join(''), ['/ro', 'ot/'].join('')]
      .map((word) => `(^|[^\\w.-])${word}`)
      .join('|'),
    'iu',
  )
  const text = tracked.filter((path) => !/package-lock\.json$|\.(png|wasm|svg)$/u.test(path))
  expect(text.filter((path) => places.test(textOf(path)))).toEqual([])
})

test('nothing is left for later', () => {
  const later = new RegExp(['TO', 'DO|FIX', 'ME'].join(''), 'u')
  expect(tracked.filter((path) => /\.(ts|sql|yml|md)$/u.test(path) && later.test(textOf(path)))).toEqual([])
})
