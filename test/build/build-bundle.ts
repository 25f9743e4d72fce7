import { execFile } from 'node:child_process'
import { cp, mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { actionFolders, readActionFile } from './action-file.ts'

const run = promisify(execFile)
const { resolve: resolveModule } = createRequire(import.meta.url)

export interface BundleOptions {
  /** The checkout to build from. */
  readonly root: string
  /** Where the bundle goes; what is there is removed first. */
  readonly out: string
}

/** What a build made. */
export interface Bundle {
  /** Repository paths of our own modules in it, sorted; those of packages start with `node_modules/`. */
  readonly modules: readonly string[]
}

/**
 * Builds `out`: one bundle for all actions with its chunks, the .sql files, licences, and a stub for each action.
 * The same sources give the same bytes, wherever the checkout stands. Throws where a tool fails or a .sql file would
 * not be found at run time.
 */
export async function buildBundle({ root, out }: BundleOptions): Promise<Bundle> {
  const buildFolder = join(root, '.build')
  await mkdir(buildFolder, { recursive: true })
  // Below the checkout, for the bundler to find node_modules; always at the same depth, since paths make module ids.
  const work = await mkdtemp(join(buildFolder, 'bundle-'))
  try {
    await emitJavaScript(root, work)
    await copyStatements(root, work)
    const modules = await bundle(work)
    const files = join(work, 'out')
    await minify(files)
    await shareLicence(files)
    await writeStubs(root, files)
    await rm(out, { recursive: true, force: true })
    await mkdir(dirname(out), { recursive: true })
    await cp(files, out, { recursive: true })
    return { modules }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Types are `npm run check`'s business: here tsc only turns the sources into JavaScript. */
async function emitJavaScript(root: string, work: string): Promise<void> {
  const tsc = join(dirname(resolveModule('typescript/package.json')), 'bin/tsc')
  await runTool(tsc, ['-p', join(root, 'test/build/tsconfig.json'), '--outDir', join(work, 'js')], root)
}

/** tsc leaves .sql files behind, and the bundler would turn each statement into a `require` without a word. */
async function copyStatements(root: string, work: string): Promise<void> {
  for (const folder of ['actions', 'shared']) {
    for (const file of await readdir(join(root, folder), { recursive: true })) {
      if (file.endsWith('.sql')) await cp(join(root, folder, file), join(work, 'js', folder, file))
    }
  }
}

/** Runs the bundler from the work folder, so that no path outside it can get into the output. */
async function bundle(work: string): Promise<string[]> {
  const ncc = join(dirname(resolveModule('@vercel/ncc/package.json')), 'dist/ncc/cli.js')
  const stats = join(work, 'stats.json')
  // ncc writes a module where the nearest package.json says `module`; without one here it would be the root's.
  await writeFile(join(work, 'package.json'), '{ "type": "module" }\n')
  const flags = ['--no-cache', '--quiet', '--target', 'es2022', '--license', 'licenses.txt']
  await runTool(
    ncc,
    ['build', 'js/actions/start.js', '--out', 'out', ...flags, '--stats-out', 'stats.json'],
    work,
  )
  return moduleNames(JSON.parse(await readFile(stats, 'utf8')))
}

interface Stats {
  readonly modules?: readonly { readonly name?: string; readonly modules?: Stats['modules'] }[]
}

function moduleNames(stats: Stats): string[] {
  const names = (stats.modules ?? []).flatMap((module) =>
    module.modules === undefined ? [module.name ?? ''] : moduleNames({ modules: module.modules }),
  )
  const files = names.map((name) =>
    name.replace(/^(\.\/js\/|(\.\.?\/)+)/u, '').replace(/ (\+ \d+ modules|eager|lazy).*$/u, ''),
  )
  return [...new Set(files)].sort()
}

/** ncc's own --minify leaves out the chunks. Licences are in licenses.txt, so comments may go. */
async function minify(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.js')) continue
    const file = join(folder, name)
    const { code } = await transform(await readFile(file, 'utf8'), {
      minify: true,
      legalComments: 'none',
      target: 'node24',
      format: 'esm',
    })
    await writeFile(file, code)
  }
}

/** The Apache License, which most of the packages carry, is printed once; copyright lines and notices stay where they are. */
async function shareLicence(folder: string): Promise<void> {
  const file = join(folder, 'licenses.txt')
  const printed = new Set<string>()
  const shared = (await readFile(file, 'utf8')).replaceAll(
    /^ *Apache License\n[\s\S]*?END OF TERMS AND CONDITIONS\n/gmu,
    (terms) => {
      if (printed.has(terms))
        return 'Apache License, Version 2.0, January 2004: terms and conditions as above.\n'
      printed.add(terms)
      return terms
    },
  )
  await writeFile(file, shared)
}

/** `dist/<action>/index.js`, and `post.js` where its action.yml has a post step. */
async function writeStubs(root: string, folder: string): Promise<void> {
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n')
  const actionsFolder = join(root, 'actions')
  for (const action of actionFolders(actionsFolder)) {
    const { runs } = readActionFile(actionsFolder, action)
    const phases = [
      { path: runs.main, call: `await start('${action}')` },
      ...(runs.post === undefined ? [] : [{ path: runs.post, call: `await start('${action}', 'post')` }]),
    ]
    await mkdir(join(folder, action), { recursive: true })
    for (const { path, call } of phases) {
      const stub = `import { start } from '../index.js'\n${call}\n`
      await writeFile(join(folder, action, basename(path)), stub)
    }
  }
}

async function runTool(script: string, args: readonly string[], cwd: string): Promise<void> {
  try {
    await run(process.execPath, [script, ...args], { cwd, maxBuffer: 64 * 1024 * 1024 })
  } catch (cause) {
    const output = cause as { stdout?: string; stderr?: string }
    throw new Error(`${basename(script)} failed:\n${output.stdout ?? ''}${output.stderr ?? ''}`, { cause })
  }
}
