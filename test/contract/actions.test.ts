import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { actionFolders, readActionFile } from '../build/action-file.ts'
import { readmeWithTables } from '../docs/readme-tables.ts'
import { outputNames } from './output-names.ts'
import { filesBelow, root, textOf } from './repository.ts'
import type { InputSchema } from '../../shared/runtime/inputs.ts'

const actionsFolder = `${root}/actions`
const folders = actionFolders(actionsFolder)

test('output names are read from every form in which they are set', () => {
  const source = `
    outputs: { state: 'x', 'task-arns': JSON.stringify({ no: [1, 2] }), verdict, ...(a ? { more: f({ not: 1 }) } : {}) },
    summary: '',
    const outputs: Record<string, string> = { other: \`\${x}, { no: 1 }\` }
  `
  expect(outputNames(source)).toEqual(['state', 'task-arns', 'verdict', 'more', 'other'])
})

test('every folder of actions/ is an action', () => {
  const all = new Set(
    filesBelow('actions')
      .map((path) => path.split('/'))
      .filter(({ length }) => length > 2)
      .map(([, folder]) => folder),
  )
  expect([...all]).toEqual(folders)
})

test('the entry starts every action, and its post step where it has one', async () => {
  const entry = textOf('actions/start.ts')
  const imported = [...entry.matchAll(/import\('\.\/([\w-]+\/\w+)\.ts'\)/gu)].map(([, path]) => path)
  const expected = folders.flatMap((folder) => [
    `${folder}/main`,
    ...(readActionFile(actionsFolder, folder).runs.post === undefined ? [] : [`${folder}/post`]),
  ])
  expect(new Set(imported)).toEqual(new Set(expected))
})

describe.each(folders)('%s', (folder) => {
  const file = readActionFile(actionsFolder, folder)
  const sources = filesBelow(`actions/${folder}`).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'),
  )
  const schema = async () =>
    ((await import(`../../actions/${folder}/inputs.ts`)) as { inputs: InputSchema }).inputs

  test('has the inputs of action.yml in its code, and no others', async () => {
    expect(Object.keys(await schema()).toSorted()).toEqual(Object.keys(file.inputs).toSorted())
  })

  test('accepts its own defaults, and refuses to start without what is required', async () => {
    const refused = Object.entries(await schema()).flatMap(([name, reader]) => {
      try {
        reader.read(file.inputs[name]?.default ?? '', name)
        return []
      } catch {
        return [name]
      }
    })
    const required = Object.entries(file.inputs).filter(([, input]) => input.required)
    expect(refused.toSorted()).toEqual(required.map(([name]) => name).toSorted())
    expect(required.filter(([, input]) => input.default !== undefined)).toEqual([])
  })

  test('can be asked for a dry run, and is not one unless asked', async () => {
    expect(file.inputs['dry-run']?.default).toBe('false')
    expect((await schema())['dry-run']?.read('true', 'dry-run')).toBe(true)
  })

  test('names inputs and outputs in lower-case kebab', () => {
    const names = [...Object.keys(file.inputs), ...Object.keys(file.outputs)]
    expect(names.filter((name) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/u.test(name))).toEqual([])
  })

  test('sets the outputs of action.yml, and no others', () => {
    const set = new Set(sources.flatMap((path) => outputNames(textOf(path))))
    expect([...set].toSorted()).toEqual(Object.keys(file.outputs).toSorted())
  })

  test('composes in a main.ts of at most 60 lines', () => {
    expect(textOf(`actions/${folder}/main.ts`).trimEnd().split('\n').length).toBeLessThanOrEqual(60)
  })

  test('has a README with the tables of its action.yml', async () => {
    expect(existsSync(`${actionsFolder}/${folder}/README.md`)).toBe(true)
    const readme = textOf(`actions/${folder}/README.md`)
    expect(readme, 'run npm run docs').toBe(await readmeWithTables(readme, file))
  })

  test('tells in its README what it needs', () => {
    const readme = textOf(`actions/${folder}/README.md`)
    for (const heading of ['Example', 'Inputs', 'Outputs', 'IAM policy', 'Database rights', 'Permissions'])
      expect(readme).toMatch(new RegExp(`^## ${heading}$`, 'mu'))
  })

  test('gives an IAM policy that IAM can read, or says that it needs none', () => {
    const section = /^## IAM policy$(.*?)^## /msu.exec(textOf(`actions/${folder}/README.md`))?.[1] ?? ''
    const policy = /```json\n(.*?)```/su.exec(section)?.[1] ?? '{}'
    const statement = z.strictObject({
      Sid: z.string(),
      Effect: z.literal('Allow'),
      Action: z.array(z.string().regex(/^[a-z][a-z0-9-]*:[A-Z][A-Za-z]+$/u)).min(1),
      Resource: z.union([z.literal('*'), z.array(z.string().startsWith('arn:')).min(1)]),
      Condition: z.record(z.string(), z.unknown()).optional(),
    })
    const none = /^\s*None\b/u.test(section)
    const read = z
      .strictObject({ Version: z.literal('2012-10-17'), Statement: z.array(statement).min(1) })
      .safeParse(JSON.parse(policy))
    expect(none ? '' : (read.error?.message ?? '')).toBe('')
  })
})

test('the actions that a migration needs are there', () => {
  expect(folders).toEqual(
    expect.arrayContaining([
      'create-task',
      'cutover',
      'finish-target',
      'preflight',
      'prepare-target',
      'sync-sequences',
      'wait-cdc-sync',
      'wait-full-load',
    ]),
  )
})
