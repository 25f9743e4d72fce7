import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import { runMatrix } from './matrix.ts'
import { matrixTable } from './matrix-table.ts'
import { runSchedules } from './run-schedules.ts'

const builds = fileURLToPath(new URL('../../.build/', import.meta.url))

const command = new Command('chaos')
  .description(
    'Strikes at cutovers of a small database under live writers, and judges every write. Ends with 1 where anything is wrong.',
  )
  .option('--matrix', 'every message of a run that changes something, before and after it, in every way')
  .option('--shard <i/n>', 'this part of the matrix only', shard, { index: 1, count: 1 })
  .option('--only <words...>', 'cases whose names hold all of these')
  .option('--sample <n>', 'so many of the cases only, spread over all', wholeNumber)
  .option('--retry', 'run cases of the results file again that were not clean', false)
  .option(
    '--out <file>',
    'results of the matrix, a line each; what it holds is not run again',
    join(builds, 'chaos.jsonl'),
  )
  .option('--runs <n>', 'so many runs with random trouble', wholeNumber)
  .option('--seed <n>', 'of the first of them; the next ones count up', wholeNumber, 1)
  .parse()
const options = command.opts<{
  matrix?: boolean
  shard: { index: number; count: number }
  only?: string[]
  sample?: number
  retry: boolean
  out: string
  runs?: number
  seed: number
}>()

let clean = true
if (options.matrix === true) {
  const { shard, only = [], sample, retry, out } = options
  const order = { shard, only, retry, resultsFile: out, ...(sample === undefined ? {} : { sample }) }
  const results = await runMatrix(order, console.log)
  console.log(`\n${matrixTable(results)}`)
  clean &&= results.every(({ faults }) => faults.length === 0)
}
if (options.runs !== undefined) {
  const { failed } = await runSchedules({ runs: options.runs, seed: options.seed }, console.log)
  clean &&= failed.length === 0
}
if (options.matrix !== true && options.runs === undefined) command.error('say --matrix or --runs <n>')
process.exit(clean ? 0 : 1)

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/u.test(text)) throw new InvalidArgumentError('Write a whole number of at least 1.')
  return Number(text)
}

function shard(text: string): { index: number; count: number } {
  const [index = 0, count = 0] = text.split('/').map(Number)
  if (!(Number.isInteger(index) && Number.isInteger(count) && index >= 1 && index <= count))
    throw new InvalidArgumentError('Write for example 1/4.')
  return { index, count }
}
