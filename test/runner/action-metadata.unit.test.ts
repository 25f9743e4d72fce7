import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { UnsupportedAction, readActionMetadata } from './action-metadata.ts'

const folder = mkdtempSync(join(tmpdir(), 'metadata-'))
writeFileSync(join(folder, 'main.js'), '')
afterAll(() => rmSync(folder, { recursive: true }))

function read(text: string): ReturnType<typeof readActionMetadata> {
  writeFileSync(join(folder, 'action.yml'), text)
  return readActionMetadata(folder)
}

test('defaults become strings, whatever YAML makes of them', () => {
  expect(
    read(
      `name: n\ninputs: { a: { default: false }, b: { default: 1.5 }, c: {}, d: }\noutputs: { o: { description: x } }\nruns: { using: node24, main: main.js }\n`,
    ),
  ).toMatchObject({
    inputs: [{ name: 'a', default: 'false' }, { name: 'b', default: '1.5' }, { name: 'c' }, { name: 'd' }],
    outputs: ['o'],
    postIf: 'always()',
  })
})

test.each([
  ['another runtime', 'name: n\nruns:\n  using: node20\n  main: main.js\n', 3, 'only node24'],
  ['a pre step', 'name: n\nruns:\n  using: node24\n  main: main.js\n  pre: main.js\n', 5, 'runs.pre'],
  ['a missing script', 'name: n\nruns:\n  using: node24\n  main: gone.js\n', 4, 'there is no file'],
  ['no runs', 'name: n\n', 1, 'runs'],
  ['broken YAML', 'name: n\nruns: [\n', 3, 'Flow sequence'],
])('%s is refused with its line', (_, text, line, message) => {
  expect(() => read(text)).toThrow(UnsupportedAction)
  expect(() => read(text)).toThrow(`action.yml:${line}: `)
  expect(() => read(text)).toThrow(message)
})
