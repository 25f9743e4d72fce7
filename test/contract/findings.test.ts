import { expect, test } from 'vitest'
import { documented, findingsIndex, pageProblems, pageWithCheck } from '../docs/finding-pages.ts'
import { checks } from '../../shared/preflight/registry.ts'
import { allOffences } from '../integration/offences/all.ts'
import { filesBelow, textOf } from './repository.ts'

const folder = 'docs/findings/'
const pages = filesBelow('docs/findings')
  .map((path) => path.slice(path.lastIndexOf('/') + 1).replace(/\.md$/u, ''))
  .filter((name) => name !== 'README')
  .sort()

test('every code of a finding has a page, and no other page is there', () => {
  expect(pages).toEqual(documented.map(({ code }) => code).sort())
})

test('every page says how severe it is, why it matters, how to see it, what to do and where that is from', () => {
  const problems = pages.flatMap((code) =>
    pageProblems(code, textOf(`${folder}${code}.md`)).map((problem) => `${code}.md ${problem}`),
  )
  expect(problems).toEqual([])
})

test('title and waiver of every page are those of its check', async () => {
  for (const check of documented) {
    const page = textOf(`${folder}${check.code}.md`)
    expect(page, 'run npm run docs').toBe(await pageWithCheck(page, check))
  }
})

test('the list of findings is that of the registry', async () => {
  expect(textOf(`${folder}README.md`), 'run npm run docs').toBe(await findingsIndex())
})

test('every check has an offence that makes it speak, and every offence is one', () => {
  const codes = (items: readonly { readonly code: string }[]) => [...new Set(items.map(({ code }) => code))]
  expect(codes(allOffences).sort()).toEqual(codes(checks).sort())
  expect(allOffences.filter(({ sql, by }) => (sql === undefined) === (by === undefined))).toEqual([])
})

test('offences are gathered from every file of theirs', () => {
  const gathered = textOf('test/integration/offences/all.ts')
  const files = filesBelow('test/integration/offences').map((path) => path.split('/').at(-1) ?? '')
  const missing = files.filter(
    (file) => !['all.ts', 'offence.ts'].includes(file) && !gathered.includes(`./${file}'`),
  )
  expect(missing).toEqual([])
})
