import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import colors from 'picocolors'
import { parseDuration } from '../../shared/runtime/inputs.ts'
import type { Sabotage } from '../workload/sabotage.ts'
import { approver } from './approver.ts'
import { openProgressView } from './progress-view.ts'
import { rehearse } from './rehearse.ts'
import { markdownReport, reportOf, type RehearsalReport } from './report.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

interface Flags {
  readonly workflow: string
  readonly migration: string
  readonly out: string
  readonly scale: number
  readonly writers: number
  readonly replicationDelay: number
  readonly approve?: true
  readonly deny?: true
  readonly sourceUrl?: string
  readonly targetUrl?: string
  readonly sabotage?: Sabotage
}

const number = (text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0')
  return value
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
  .option('--out <folder>', 'where the report goes', 'out')
  .option('--scale <number>', 'size of the sample database; 1 is about 50 MB', number, 1)
  .option('--writers <number>', 'concurrent writers', number, 8)
  .option('--replication-delay <duration>', 'imitate the seconds that DMS takes', milliseconds, 0)
  .option('--approve', 'approve the cutover without asking')
  .addOption(new Option('--deny', 'reject the cutover without asking').conflicts('approve'))
  .option('--source-url <url>', 'superuser’s URL of a source server that is there already')
  .option('--target-url <url>', 'superuser’s URL of a target server that is there already')
  .addOption(
    new Option('--sabotage <kind>', 'break exactly one thing, to see that the judge finds it').choices([
      'lose',
      'double',
      'late-write',
      'sequence',
      'row',
    ]),
  )

program.parse()
const flags = program.opts<Flags>()
if ((flags.sourceUrl === undefined) !== (flags.targetUrl === undefined))
  program.error('--source-url and --target-url go together')

const out = resolve(flags.out)
mkdirSync(out, { recursive: true })
const view = openProgressView(process.stderr)
const cancel = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => cancel.abort(new Error(`ended by ${signal}`)))

try {
  const rehearsal = await rehearse({
    checkout,
    workflow: flags.workflow,
    migration: flags.migration,
    out,
    scale: flags.scale,
    writers: flags.writers,
    replicationDelayMs: flags.replicationDelay,
    leastWrites: 10_000,
    ...(flags.sourceUrl === undefined ? {} : { sourceUrl: flags.sourceUrl }),
    ...(flags.targetUrl === undefined ? {} : { targetUrl: flags.targetUrl }),
    ...(flags.sabotage === undefined ? {} : { sabotage: flags.sabotage }),
    signal: cancel.signal,
    approve: approver({
      approve: flags.approve === true,
      deny: flags.deny === true,
      view,
      summaryFile: join(out, 'approval.md'),
    }),
    onStep: view.step,
    onEvent: view.event,
    onWorkload: view.workload,
  })
  view.end()
  const report = reportOf(rehearsal)
  writeFileSync(join(out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(join(out, 'report.md'), markdownReport(report, rehearsal))
  process.stdout.write(`${closing(report, out)}\n`)
  process.exitCode = report.clean ? 0 : 1
} catch (error) {
  view.end()
  process.stderr.write(`${colors.red(error instanceof Error ? error.message : String(error))}\n`)
  if (error instanceof Error && process.env.DEBUG !== undefined)
    process.stderr.write(`${error.stack ?? ''}\n`)
  process.exitCode = 1
}

/** The last lines on a terminal: verdict first. */
function closing(report: RehearsalReport, folder: string): string {
  const lines = [
    report.clean ? colors.green(colors.bold('✔ clean')) : colors.red(colors.bold('✘ not clean')),
    ...report.reasons.map((reason) => `  ${reason}`),
    `  ${report.acknowledgedWrites} acknowledged writes: ${report.lostWrites} lost, ${report.duplicateWrites} duplicated, ${report.splitBrainWrites} split-brain, ${report.rowMismatches} rows differ, ${report.sequencesBehind} sequences behind, ${report.sequenceCollisions} collisions, ${report.inDoubtWrites} in doubt`,
  ]
  if (report.freezeMs !== null) {
    lines.push(
      `  freeze ${report.freezeMs} ms = ours ${report.freezeOursMs} ms + replication’s ${report.freezeReplicationMs} ms; longest time without an acknowledged write ${Math.round(report.writeDowntimeMs)} ms`,
    )
    for (const phase of report.phases)
      lines.push(
        `    ${phase.name.padEnd(13)} ${phase.startedAt.slice(11, 23)} ${String(phase.ms).padStart(8)} ms`,
      )
  }
  lines.push(
    `  ${report.sourceVersion} → ${report.targetVersion}, ${(report.rehearsalMs / 1000).toFixed(0)} s, report in ${relative(process.cwd(), join(folder, 'report.md'))}`,
  )
  return lines.join('\n')
}
