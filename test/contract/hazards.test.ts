import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { root, textOf } from './repository.ts'

const path = 'docs/cutover.md'
const document = textOf(path)
const hazards = rowsOf(
  document.slice(document.indexOf('## Hazards'), document.indexOf('### What went wrong')),
)
const elsewhere = rowsOf(document.slice(document.indexOf('### What went wrong')))
const files = new Map(
  [...document.matchAll(/^\[([a-z0-9-]+)\]: (\S+)$/gmu)].map(([, name = '', file = '']) => [
    name,
    join(dirname(path), file),
  ]),
)

interface Row {
  readonly number: number
  readonly promises: readonly number[]
  /** Of each test its file, as the document calls it, and its title. */
  readonly tests: readonly { readonly file: string; readonly title: string }[]
  readonly notCovered: string
}

/** Rows of a table whose first cell begins with a number. */
function rowsOf(section: string): Row[] {
  return section
    .split('\n')
    .filter((line) => /^\| \d/u.test(line))
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim())
      const [, first = '', promises = ''] = cells
      return {
        number: Number.parseInt(first, 10),
        promises: promises.split(', ').map(Number),
        tests: (cells.at(-3) ?? '').split('<br>').flatMap((named) => {
          const [, file = ''] = /^\[([a-z0-9-]+)\]: "/u.exec(named) ?? []
          return [...named.matchAll(/"([^"]+)"/gu)].map(([, title = '']) => ({ file, title }))
        }),
        notCovered: cells.at(-2) ?? '',
      }
    })
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

test('every hazard, and everything that went wrong elsewhere, has its row', () => {
  expect(hazards.map(({ number }) => number)).toEqual(upTo(26))
  expect(elsewhere.map(({ number }) => number)).toEqual(upTo(16))
})

test('each names promises that are made, and is covered by a test or says that it is not', () => {
  const made = [...document.matchAll(/^(\d)\. \*\*/gmu)].map(([, number]) => Number(number))
  for (const { number, promises, tests, notCovered } of [...hazards, ...elsewhere]) {
    expect(promises.length, `row ${number}`).toBeGreaterThan(0)
    expect(
      promises.filter((promise) => !made.includes(promise)),
      `row ${number}`,
    ).toEqual([])
    expect(tests.length > 0 || notCovered !== '', `row ${number}`).toBe(true)
  }
})

test('every test that is named is there, by file and title', () => {
  const missing: string[] = []
  for (const { number, tests } of [...hazards, ...elsewhere]) {
    for (const { file, title } of tests) {
      const at = files.get(file)
      const there =
        at !== undefined &&
        existsSync(join(root, at)) &&
        // A call of test or it, alone or for each case, begins with the title.
        new RegExp(`^\\s*(?:(?:test|it)\\(|(?:\\]|.*)\\)\\(|)\\s*'${escaped(title)}',`, 'mu').test(textOf(at))
      if (!there) missing.push(`${number}: ${file}: ${title}`)
    }
  }
  expect(missing).toEqual([])
})

test('every file that is named so is used', () => {
  const named = new Set([...hazards, ...elsewhere].flatMap(({ tests }) => tests.map(({ file }) => file)))
  expect([...files.keys()].filter((file) => !named.has(file))).toEqual([])
})

function escaped(title: string): string {
  return title.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&')
}
