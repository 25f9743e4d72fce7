import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import colors from 'picocolors'
import { parseDuration } from '../../shared/runtime/inputs.ts'
import type { Sabotage } from '../workload/sabotage.ts'
import { readLedger } from '../workload/ledger.ts'
import { activityOf } from './activity.ts'
import { approver } from './approver.ts'
import { closingLines } from './closing-lines.ts'
import { openProgressView } from './progress-view.ts'
import { thisMachine } from './machine.ts'
import { openRecorder } from './recording.ts'
import { rehearse } from './rehearse.ts'
import { markdownReport, reportOf } from './report.ts'
import { strategy, strategyNames, type StrategyName } from './strategies.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

interface Flags {
  readonly workflow: string
  readonly migration: string
  readonly out: string
  readonly scale: number
  readonly writers: number
  readonly leastWrites: number
  readonly replicationDelay: number
  readonly approve?: true
  readonly deny?: true
  readonly sourceUrl?: string
  readonly targetUrl?: string
  readonly sabotage?: Sabotage
  readonly strategy?: StrategyName
  readonly fallBack?: true
  readonly fallBackAfter: number
}

const number = (text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0')
  return value
}
const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/u.test(text)) throw new InvalidArgumentError('must be a whole number above 0')
  return Number(text)
}
const milliseconds = (text: string): number => {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidArgumentError('must be a duration such as 500ms or 2s')
  return ms
}

const program = new Command('rehearse')
  .description(
    'Rehearses a whole migration on this machine: real PostgreSQL servers under live writes, AWS and GitHub played by local servers.',
  )
  .option('--workflow <file>', 'workflow to run', 'workflows-examples/migrate.yml')
  .option('--migration <file>', 'migration file', 'workflows-examples/migrations/rehearsal.yml')
  .addOption(
    new Option('--strategy <letter>', 'rehearse one of the strategies on servers made for it')
      .choices(strategyNames)
      .conflicts(['migration', 'sourceUrl', 'targetUrl']),
  )
  .option('--out <folder>', 'where the report goes', 'out')
  .option('--scale <number>', 'size of the sample database; 1 is about 50 MB', number, 1)
  .option('--writers <number>', 'concurrent writers', wholeNumber, 8)
  .option('--least-writes <number>', 'acknowledged writes that the verdict needs', wholeNumber, 10_000)
  .option('--replication-delay <duration>', 'imitate the seconds that DMS takes', milliseconds, 0)
  .option('--approve', 'approve the cutover without asking')
  .addOption(new Option('--deny', 'reject the cutover without asking').conflicts('approve'))
  .option('--source-url <url>', 'superuser’s URL of a source server that is there already')
  .option('--target-url <url>', 'superuser’s URL of a target server that is there already')
  .addOption(
    new Option('--fall-back', 'after the cutover fall back, and cut over again').conflicts([
      'deny',
      'sabotage',
    ]),
  )
  .option('--fall-back-after <duration>', 'time of writes on the target before that', milliseconds, 30_000)
  .addOption(
    new Option('--sabotage <kind>', 'break exactly one thing, to see that the judge finds it')
      .choices(['lose', 'double', 'late-write', 'sequence', 'row'])
      .conflicts('deny'),
  )

program.parse()
const flags = program.opts<Flags>()
if ((flags.sourceUrl === undefined) !== (flags.targetUrl === undefined))
  program.error('--source-url and --target-url go together')

const out = resolve(flags.out)
const recorder = openRecorder()
const view = openProgressView(process.stderr, recorder.lagBytes)
const cancel = new AbortController()
// Not `once`: what restores the cursor at a signal kills the process where nobody else listens to it any more.
let cancelledAt: number | undefined
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    cancelledAt ??= performance.now()
    if (!cancel.signal.aborted) {
      view.step(`${signal}: ending everything`)
      cancel.abort(new Error(`ended by ${signal}; nothing that it started is left running`))
      // npm passes a Ctrl-C on that the terminal has sent already; a later one is somebody who will not wait.
    } else if (performance.now() - cancelledAt > 1000) process.exit(1)
  })

try {
  mkdirSync(out, { recursive: true })
  // What an earlier rehearsal reported must not be taken for this one's.
  for (const name of ['report.json', 'report.md', 'report.html', 'approval.md'])
    rmSync(join(out, name), { force: true })
  const rehearsal = await rehearse({
    checkout,
    workflow: flags.workflow,
    migration: flags.migration,
    out,
    scale: flags.scale,
    writers: flags.writers,
    replicationDelayMs: flags.replicationDelay,
    leastWrites: flags.leastWrites,
    ...(flags.sourceUrl === undefined ? {} : { sourceUrl: flags.sourceUrl }),
    ...(flags.targetUrl === undefined ? {} : { targetUrl: flags.targetUrl }),
    ...(flags.strategy === undefined ? {} : { strategy: strategy(flags.strategy, await thisMachine()) }),
    ...(flags.sabotage === undefined ? {} : { sabotage: flags.sabotage }),
    ...(flags.fallBack === undefined ? {} : { fallBackAfterMs: flags.fallBackAfter }),
    signal: cancel.signal,
    approve: approver({
      approve: flags.approve === true,
      deny: flags.deny === true,
      view,
      summaryFile: join(out, 'approval.md'),
    }),
    onJobs: view.jobs,
    onStep: view.step,
    onEvent: (event) => {
      recorder.event(event)
      view.event(event)
    },
    onWorkload: (workload, stack) => {
      recorder.watch(stack)
      view.workload(workload, stack)
    },
  })
  view.end()
  const recording = recorder.end()
  const report = reportOf(rehearsal)
  writeFileSync(join(out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(join(out, 'report.md'), markdownReport(report, rehearsal))
  // Not before: drawing takes longer to load than everything else here.
  const { htmlReport } = await import('./html-report.ts')
  const activity = activityOf(readLedger(rehearsal.ledgerFile), recording, rehearsal)
  writeFileSync(join(out, 'report.html'), htmlReport(report, activity, rehearsal.run))
  process.stdout.write(`${closingLines(report, relative(process.cwd(), join(out, 'report.md')))}\n`)
  process.exitCode = report.clean ? 0 : 1
} catch (thrown) {
  view.end()
  recorder.end()
  // What breaks while everything is being ended is no news.
  const error: unknown = cancel.signal.aborted ? cancel.signal.reason : thrown
  process.stderr.write(`${colors.red(`✘ ${error instanceof Error ? error.message : String(error)}`)}\n`)
  if (thrown instanceof Error && process.env.DEBUG !== undefined)
    process.stderr.write(`${thrown.stack ?? ''}\n`)
  // A run that did not end in time is left where it was; its processes end with this one.
  process.exit(1)
}
