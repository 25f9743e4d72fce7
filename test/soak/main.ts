import { Command, InvalidArgumentError } from 'commander'
import { openSoak } from './comparison-soak.ts'

const command = new Command('soak')
  .description(
    'Compares two databases again and again while one is written and the other follows; ends with 1 at the first false difference, or where a planted one is not found.',
  )
  .option('--runs <n>', 'runs', wholeNumber, 20)
  .option('--seconds <n>', 'how long each run compares', wholeNumber, 60)
  .option('--rate <n>', 'statements a second', wholeNumber, 500)
  .parse()
const { runs, seconds, rate } = command.opts<{ runs: number; seconds: number; rate: number }>()

const controller = new AbortController()
process.once('SIGINT', () => controller.abort(new Error('the soak was cancelled')))

const soak = await openSoak(rate, controller.signal)
let failed = 0
try {
  for (let index = 1; index <= runs; index += 1) {
    const seen = await soak.run(seconds)
    const isRight = seen.falseDifferences.length === 0 && seen.unread.length === 0 && seen.missed === 0
    if (!isRight) failed += 1
    console.log(
      [
        `run ${index}/${runs} ${isRight ? 'right' : 'WRONG'}`,
        `comparisons ${seen.comparisons}`,
        `rows ${seen.rows.toLocaleString('en-US')}`,
        `writes/s ${Math.round(seen.writesPerSecond)}`,
        `looked at again ${seen.rechecks}`,
        `unsettled ${seen.unsettled}`,
        `false differences ${seen.falseDifferences.length}`,
        `without a marker there would be ${seen.naive}`,
        `planted and not found ${seen.missed}`,
      ].join('  '),
    )
    for (const line of [...seen.falseDifferences, ...seen.unread]) console.log(`  ${line}`)
  }
} finally {
  await soak.close()
}
console.log(failed === 0 ? `${runs} runs: no false difference` : `${failed} of ${runs} runs were wrong`)
if (failed > 0) process.exitCode = 1

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/u.test(text)) throw new InvalidArgumentError('Write a whole number of at least 1.')
  return Number(text)
}
