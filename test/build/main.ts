import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { writeFile } from 'node:fs/promises'
import { buildBundle } from './build-bundle.ts'
import { folderSize } from './folder-size.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const options = new Command('build')
  .description('Builds dist/: what users of the actions run.')
  .option('--out <folder>', 'where the bundle goes', join(root, 'dist'))
  .option('--modules <file>', 'also write the names of the bundled modules, one a line')
  .parse()
  .opts<{ out: string; modules?: string }>()

const started = performance.now()
const out = resolve(options.out)
const { modules } = await buildBundle({ root, out })
if (options.modules !== undefined) await writeFile(options.modules, `${modules.join('\n')}\n`)
const seconds = ((performance.now() - started) / 1000).toFixed(1)
console.log(`${out}: ${folderSize(out).toLocaleString('en')} bytes in ${seconds} s`)
