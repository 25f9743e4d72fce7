import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { parseDuration } from '../../shared/runtime/inputs.ts'
import { openStack, type Stack } from './open-stack.ts'
import { plainShape } from './strategies.ts'

// `npm run stack`: leaves the local stack up until it is interrupted, and prints what points any client at it.

const folder = fileURLToPath(new URL('../../.stack', import.meta.url))

interface Flags {
  readonly scale: string
  readonly replicationDelay: string
  readonly sourceUrl?: string
  readonly targetUrl?: string
}

const program = new Command('stack')
  .description(
    'Two PostgreSQL servers with the sample database, and AWS as far as the actions use it. Ctrl-C ends it.',
  )
  .option('--scale <number>', 'size of the sample database; 1 is about 50 MB', '0.1')
  .option('--replication-delay <duration>', 'imitate the seconds that DMS takes', '0s')
  .option('--source-url <url>', 'superuser’s URL of a source server that is there already')
  .option('--target-url <url>', 'superuser’s URL of a target server that is there already')
program.parse()
const flags = program.opts<Flags>()
const replicationDelayMs = parseDuration(flags.replicationDelay)
if (replicationDelayMs === undefined)
  program.error('--replication-delay must be a duration such as 500ms or 2s')
if ((flags.sourceUrl === undefined) !== (flags.targetUrl === undefined))
  program.error('--source-url and --target-url go together')

const cancel = new AbortController()
const ended = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      cancel.abort(new Error(`ended by ${signal}`))
      resolve()
    })
})
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true, mode: 0o700 })
const stack = await openStack({
  folder,
  shape: plainShape,
  scale: Number(flags.scale),
  ...(flags.sourceUrl === undefined ? {} : { sourceUrl: flags.sourceUrl }),
  ...(flags.targetUrl === undefined ? {} : { targetUrl: flags.targetUrl }),
  knobs: { replicationDelayMs: replicationDelayMs ?? 0, metricDelayMs: 1000, metricPeriodMs: 500 },
  signal: cancel.signal,
  onStep: (step) => process.stderr.write(`${step}\n`),
}).catch((error: unknown) => {
  process.stderr.write(`✘ ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
const lines = environmentLines(stack)
const file = join(folder, 'environment.sh')
writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
process.stdout.write(`${lines.join('\n')}\n`)
process.stderr.write(
  `\nIn another shell:  . .stack/environment.sh  and then, for example:\n  psql "$SOURCE_DATABASE_URL"\n  npm run action -- preflight migration=workflows-examples/migrations/rehearsal.yml\nCtrl-C ends the stack.\n`,
)
// Something must keep the process alive: its end is the stack's end.
const alive = setInterval(() => undefined, 60_000)
await ended
clearInterval(alive)
await stack.close()
rmSync(file, { force: true })

/** `export` lines; the URLs are those of the migration's own login. */
function environmentLines(stack: Stack): string[] {
  const values: Record<string, string> = {
    SOURCE_DATABASE_URL: stack.url('source', 'migrator'),
    TARGET_DATABASE_URL: stack.url('target', 'migrator'),
    ...stack.emulator.environment(),
    // The AWS CLI reads this one.
    AWS_DEFAULT_REGION: stack.emulator.environment().AWS_REGION ?? '',
  }
  return Object.entries(values).map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`)
}
