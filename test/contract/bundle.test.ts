import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actionFolders, readActionFile } from '../build/action-file.ts'
import { folderSize } from '../build/folder-size.ts'
import { filesBelow, root, textOf } from './repository.ts'

const dist = join(root, 'dist')
const actions = actionFolders(join(root, 'actions')).map((folder) =>
  readActionFile(join(root, 'actions'), folder),
)
const statements = [...filesBelow('actions'), ...filesBelow('shared')].filter((path) => path.endsWith('.sql'))

let work: string
let modules: string[]
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'bundle contract '))
  const list = join(work, 'modules.txt')
  await promisify(execFile)(
    process.execPath,
    [join(root, 'test/build/main.ts'), '--out', join(work, 'dist'), '--modules', list],
    // Another folder than the checkout: what is built must not depend on where one stands.
    { cwd: work },
  )
  modules = readFileSync(list, 'utf8').trim().split('\n')
})
afterAll(() => rm(work, { recursive: true, force: true }))

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

describe('dist/', () => {
  test('is what a build into an empty folder gives, byte for byte', () => {
    const fresh = join(work, 'dist')
    expect(existsSync(dist), 'there is no dist/: run npm run build').toBe(true)
    expect(filesIn(dist)).toEqual(filesIn(fresh))
    const differing = filesIn(dist).filter(
      (name) => !readFileSync(join(dist, name)).equals(readFileSync(join(fresh, name))),
    )
    expect(differing, 'run npm run build and commit dist/').toEqual([])
  })

  test('is at most 5,000,000 bytes', () => {
    expect(folderSize(dist)).toBeLessThanOrEqual(5_000_000)
  })
})

// What follows is asked of the fresh build: dist/ equals it, or the first test says that it does not.
describe('a build', () => {
  test('has a stub for each phase of each action, where action.yml looks for it', () => {
    for (const { folder, runs } of actions) {
      for (const script of [runs.main, ...(runs.post === undefined ? [] : [runs.post])]) {
        const stub = join(work, 'dist', folder, basename(script))
        const phase = script === runs.main ? '' : `, 'post'`
        expect(script).toBe(`../../dist/${folder}/${script === runs.main ? 'index' : 'post'}.js`)
        expect(readFileSync(stub, 'utf8')).toBe(
          `import { start } from '../index.js'\nawait start('${folder}'${phase})\n`,
        )
      }
    }
  })

  test('holds nothing but the bundle, its chunks, statements, licences and stubs', () => {
    const stubs = actions.flatMap(({ folder, runs }) =>
      [runs.main, ...(runs.post === undefined ? [] : [runs.post])].map(
        (script) => `${folder}/${basename(script)}`,
      ),
    )
    const chunks = filesIn(join(work, 'dist')).filter((name) => /^\d+\.index\.js$/u.test(name))
    const expected = [
      'index.js',
      'licenses.txt',
      'package.json',
      ...chunks,
      ...stubs,
      ...statements.map((path) => basename(path)),
    ]
    expect(filesIn(join(work, 'dist'))).toEqual(expected.sort())
  })

  test.each(statements)('carries %s byte for byte', (path) => {
    expect(readFileSync(join(work, 'dist', basename(path)), 'utf8')).toBe(textOf(path))
  })

  test('turned no statement into a require', () => {
    const scripts = filesIn(join(work, 'dist')).filter((name) => name.endsWith('.js'))
    const broken = scripts.filter((name) =>
      /(eval\(["']require["']\)|require)\(["'`][^"'`]*\.sql/u.test(
        readFileSync(join(work, 'dist', name), 'utf8'),
      ),
    )
    expect(broken).toEqual([])
  })

  test('has modules of actions/, shared/ and packages only, and no test of ours', () => {
    const ours = modules.filter((name) => !/^(node_modules\/|external |webpack\/)/u.test(name))
    expect(ours).toContain('actions/start.js')
    expect(ours.filter((name) => !/^(actions|shared)\//u.test(name) || name.includes('.test.'))).toEqual([])
    // The bundler's own stand-in for optional packages that are not installed (pg-native, say) is in it.
    const development = Object.keys(
      (JSON.parse(textOf('package.json')) as { devDependencies: object }).devDependencies,
    )
    expect(
      development.filter((name) =>
        modules.some(
          (module) => module.startsWith(`node_modules/${name}/`) && !module.includes('/@@notfound.js'),
        ),
      ),
    ).toEqual([])
  })

  test('names no folder of the machine that built it', () => {
    const places = [root, work, tmpdir() + '/', process.env['HOME'] ?? root]
    const telling = filesIn(join(work, 'dist')).filter((name) => {
      const text = readFileSync(join(work, 'dist', name), 'utf8')
      return places.some((place) => place.length > 4 && text.includes(place))
    })
    expect(telling).toEqual([])
  })
})
