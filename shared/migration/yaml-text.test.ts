import { expect, test } from 'vitest'
import { readYaml } from './yaml-text.ts'

const text = `# a comment
name: shop
source: &side
  secret: a
  aws:
    region: eu-west-1
target: *side
list:
  - one
  - two: 2
"a key": { in: flow }
`

test.each([
  [[], 2],
  [['name'], 2],
  [['source'], 3],
  [['source', 'secret'], 4],
  [['source', 'aws', 'region'], 6],
  [['list', 0], 9],
  [['list', 1, 'two'], 10],
  [['a key', 'in'], 11],
  // What an alias stands for is where its anchor is.
  [['target'], 7],
  [['target', 'aws', 'region'], 6],
  // What is not there belongs to the nearest that is.
  [['source', 'aws', 'role'], 5],
  [['list', 7], 8],
  [['list', 'one'], 8],
  [['name', 'first', 'second'], 2],
  [['nothing'], 2],
])('%j is in line %i', (path, line) => {
  expect(readYaml(text, 'shop.yml').lineOf(path)).toBe(line)
})

test('the value is plain, aliases included', () => {
  const { value, problems, readable } = readYaml(text, 'shop.yml')
  const side = { secret: 'a', aws: { region: 'eu-west-1' } }
  expect(value).toEqual({
    name: 'shop',
    source: side,
    target: side,
    list: ['one', { two: 2 }],
    'a key': { in: 'flow' },
  })
  expect([problems, readable]).toEqual([[], true])
})

test('a key that is there twice leaves the rest readable', () => {
  const read = readYaml('a: 1\nb: 2\na: 3\n', 'shop.yml')
  expect(read.readable).toBe(true)
  expect(read.problems).toEqual([
    {
      field: 'migration',
      message: 'shop.yml is not valid YAML: Map keys must be unique',
      remedy: 'Keep one of the two keys.',
      file: 'shop.yml',
      line: 3,
    },
  ])
})

test.each([
  ['tags', 'name: !env SHOP', /Unresolved tag/u, true],
  ['two documents', 'name: shop\n---\nname: billing', /multiple documents/u, false],
  ['aliases without an anchor', 'name: *nobody', /Unresolved alias/u, false],
  ['aliases that multiply', bomb(), /alias/u, false],
  ['an open bracket', 'name: shop\nsource: { secret: a\n', /./u, false],
])('%s are a problem', (_, wrong, message, readable) => {
  const read = readYaml(wrong, 'shop.yml')
  expect(read.problems.map((problem) => problem.message).join()).toMatch(message)
  expect(read.readable).toBe(readable)
})

/** Nine levels of nine aliases each: a billion values. */
function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 10; level += 1)
    lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ')}]`)
  return lines.join('\n')
}
