import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { actionFolders, readActionFile } from '../build/action-file.ts'
import { alternate, type BenchOptions, type Measurement } from './bench.ts'
import { median } from './results.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A file that parses as YAML and is wrong in content: what is printed of it shows that it was read and checked. */
const wrongFile = 'name: Not_A_Name\n'
const firstLine = 'name must be'

/**
 * Cold start of every action: from starting the process to the first line that depends on the parsed migration file,
 * beside an ncc bundle that imports @actions/core and prints one line. The row `start` is the slowest action's.
 */
export async function startBench({ runs = 15, signal, log }: BenchOptions): Promise<Measurement[]> {
  const work = await mkdtemp(join(tmpdir(), 'start-bench-'))
  try {
    await writeFile(join(work, 'migration.yml'), wrongFile)
    const reference = await emptyBundle(work)
    const measurements: Measurement[] = []
    for (const action of actionFolders(join(root, 'actions'))) {
      log(`start of ${action}`)
      const { runs: scripts, inputs } = readActionFile(join(root, 'actions'), action)
      const script = join(root, 'dist', action, basename(scripts.main))
      const given = Object.fromEntries(
        Object.entries(inputs).map(([name, input]) => [
          `INPUT_${name.toUpperCase()}`,
          inputText(name, input),
        ]),
      )
      const pairs = await alternate(
        runs,
        {
          ours: () => untilLine(script, firstLine, given, work),
          reference: () => untilLine(reference, 'started', {}, work),
        },
        signal,
      )
      measurements.push({
        name: `start-${action}`,
        unit: 'ms',
        runs: pairs,
        target: { kind: 'at-most', ratio: 2 },
      })
    }
    const [slowest] = measurements.toSorted((a, b) => ratioOf(b) - ratioOf(a))
    return slowest === undefined ? [] : [...measurements, { ...slowest, name: 'start' }]
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Enough for every input to be accepted: what else is required is text that is looked at after the file. */
function inputText(name: string, input: { required: boolean; default?: string | undefined }): string {
  if (name === 'migration') return 'migration.yml'
  // `${{ github.token }}` is for the runner to fill in.
  if (input.default?.includes('${{') === true) return 'filled in'
  return input.default ?? (input.required ? '0'.repeat(64) : '')
}

function ratioOf({ runs }: Measurement): number {
  return median(runs.map((pair) => pair.ours)) / median(runs.map((pair) => pair.reference))
}

/** The least that an action of this kind can be, built as any other would be. */
async function emptyBundle(work: string): Promise<string> {
  const ncc = createRequire(import.meta.url).resolve('@vercel/ncc/package.json')
  await mkdir(join(root, '.build'), { recursive: true })
  const build = await mkdtemp(join(root, '.build', 'start-bench-'))
  try {
    await writeFile(join(build, 'package.json'), '{ "type": "module" }\n')
    await writeFile(join(build, 'empty.js'), `import { info } from '@actions/core'\ninfo('started')\n`)
    await promisify(execFile)(
      process.execPath,
      [join(dirname(ncc), 'dist/ncc/cli.js'), 'build', 'empty.js', '--quiet', '--out', join(work, 'empty')],
      { cwd: build },
    )
  } finally {
    await rm(build, { recursive: true, force: true })
  }
  return join(work, 'empty', 'index.js')
}

/** Milliseconds from starting `node script` until it prints `words`. Rejects where it ends without. */
function untilLine(
  script: string,
  words: string,
  environment: Readonly<Record<string, string>>,
  cwd: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    let seenAfter: number | undefined
    let output = ''
    const child = spawn(process.execPath, [script], {
      cwd,
      env: { PATH: process.env['PATH'] ?? '', HOME: cwd, AWS_REGION: 'eu-west-1', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (seenAfter === undefined && output.includes(words)) seenAfter = performance.now() - started
    })
    child.once('error', reject)
    child.once('close', () => {
      if (seenAfter === undefined) reject(new Error(`${script} never printed "${words}":\n${output}`))
      else resolve(seenAfter)
    })
  })
}
