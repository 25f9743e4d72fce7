import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import type { Bench } from './bench.ts'
import { plot } from './plot.ts'
import { mergeResults, rowOf } from './results.ts'

/** Loaded when asked for: one bench does not need another's servers. */
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  cutover: async () => (await import('./cutover-bench.ts')).cutoverBench,
  emulator: async () => (await import('./emulator-bench.ts')).emulatorBench,
  lob: async () => (await import('./lob-bench.ts')).lobBench,
  preflight: async () => (await import('./preflight-bench.ts')).preflightBench,
  sequences: async () => (await import('./sequences-bench.ts')).sequencesBench,
  start: async () => (await import('./start-bench.ts')).startBench,
  verify: async () => (await import('./verify-bench.ts')).verifyBench,
}

const names = Object.keys(benches)
const command = new Command('bench')
  .description(
    'Measures ours against a reference, in turn, on this machine; ends with 1 where a target is missed.',
  )
  .argument('<name>', `one of ${names.join(', ')}, or all`)
  .option('--runs <n>', 'pairs to measure', wholeNumber)
  .option('--out <file>', 'results', fileURLToPath(new URL('./results.json', import.meta.url)))
  .parse()
const asked = command.args[0] ?? ''
if (asked !== 'all' && !(asked in benches))
  command.error(`there is no bench ${asked}; use ${names.join(', ')} or all`)
const { runs, out } = command.opts<{ runs?: number; out: string }>()

const controller = new AbortController()
process.once('SIGINT', () => controller.abort(new Error('the bench was cancelled')))

for (const name of asked === 'all' ? names : [asked]) {
  const bench = await benches[name]?.()
  const measurements =
    (await bench?.({ runs, signal: controller.signal, log: (line) => console.error(line) })) ?? []
  const date = new Date()
  const rows = Object.fromEntries(
    measurements.map((measurement) => [measurement.name, rowOf(measurement, date)]),
  )
  for (const [key, row] of Object.entries(rows)) console.log(plot(key, row))
  mergeResults(out, rows)
  if (Object.values(rows).some((row) => !row.met)) process.exitCode = 1
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/u.test(text)) throw new InvalidArgumentError('Write a whole number of at least 1.')
  return Number(text)
}
