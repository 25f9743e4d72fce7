import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actionFolders, readActionFile } from '../build/action-file.ts'
import { runJavaScriptAction, type ActionResult } from '../runner/javascript-action.ts'

const actionsFolder = fileURLToPath(new URL('../../actions', import.meta.url))

let work: string
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'wrong input '))
})
afterAll(() => rm(work, { recursive: true, force: true }))

/** Runs an action as the runner does, with what it needs besides `inputs`; nothing answers at the AWS address. */
function run(folder: string, inputs: Record<string, string>): Promise<ActionResult> {
  const declared = readActionFile(actionsFolder, folder).inputs
  const required = Object.entries(declared)
    .filter(([, input]) => input.required)
    .map(([name]) => [name, '0'.repeat(64)])
  return runJavaScriptAction({
    actionFolder: join(actionsFolder, folder),
    inputs: {
      ...Object.fromEntries(required),
      ...('when' in declared ? { when: 'finished' } : {}),
      ...('plan-digest' in declared ? { 'plan-digest': '0'.repeat(64) } : {}),
      ...inputs,
    },
    environment: {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    workFolder: work,
    token: 'token-of-this-job',
  })
}

async function migrationFile(name: string, text: string): Promise<string> {
  await writeFile(join(work, name), text)
  return name
}

/** What every refusal has in common: a failure that says so everywhere, without a stack. */
function refusalOf(result: ActionResult): { exitCode: number | null; stack: string[]; outputs: string[] } {
  return {
    exitCode: result.exitCode,
    stack: result.log.split('\n').filter((line) => /^\s*at .+[:(]/u.test(line)),
    outputs: Object.keys(result.outputs),
  }
}
const refused = { exitCode: 1, stack: [], outputs: [] }

describe.each(actionFolders(actionsFolder))('%s', (folder) => {
  test('refuses a migration file that is not there', async () => {
    const result = await run(folder, { migration: 'nowhere/shop.yml' })
    expect(refusalOf(result)).toEqual(refused)
    expect(result.annotations[0]).toMatchObject({
      level: 'error',
      title: 'migration',
      message: expect.stringContaining('nowhere/shop.yml') as string,
    })
    expect(result.summary).toContain('checkout step')
    expect(result.log).toContain('checkout step')
  })

  test('refuses bad YAML, at its line', async () => {
    const file = await migrationFile('bad.yml', 'name: shop\nsource: [\n')
    const result = await run(folder, { migration: file })
    expect(refusalOf(result)).toEqual(refused)
    expect(result.annotations[0]).toMatchObject({ file, title: 'migration' })
    expect(result.annotations[0]?.line).toBeGreaterThan(1)
    expect(result.summary).toContain('is not valid YAML')
  })

  test('tells of every problem of a file in log and summary, and of the first nine as annotations', async () => {
    const unknown = Array.from({ length: 12 }, (_, index) => `extra-${String.fromCharCode(97 + index)}`)
    const file = await migrationFile('extra.yml', unknown.map((key) => `${key}: 1\n`).join(''))
    const result = await run(folder, { migration: file })
    expect(refusalOf(result)).toEqual(refused)
    for (const key of unknown) {
      expect(result.log).toContain(`unknown key ${key}`)
      expect(result.summary).toContain(`unknown key ${key}`)
    }
    expect(result.annotations).toHaveLength(10)
    expect(result.annotations.at(-1)?.title).toBe(`${folder}: invalid-input`)
  })

  test('shows a wrong value with its remedy', async () => {
    const file = await migrationFile('wrong.yml', 'name: Not_A_Name\nsourse: {}\n')
    const result = await run(folder, { migration: file })
    expect(refusalOf(result)).toEqual(refused)
    expect(result.annotations).toContainEqual(
      expect.objectContaining({
        title: 'name',
        file,
        line: 1,
        message: expect.stringContaining('Not_A_Name') as string,
      }),
    )
    expect(result.summary).toContain('Did you mean source?')
  })

  test('refuses inputs that are no inputs, all at once', async () => {
    const result = await run(folder, { migration: '', 'dry-run': 'yes' })
    expect(refusalOf(result)).toEqual(refused)
    expect(result.log).toContain('input dry-run is neither true nor false')
    expect(result.summary).toContain(`Write \`dry-run: 'true'\` or \`dry-run: 'false'\`.`)
  })
})
