import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GitHubServer } from '../runner/github-server.ts'
import { runWorkflow, type WorkflowRun } from '../runner/run-workflow.ts'
import { startWorkload, type RunningWorkload } from '../workload/start-workload.ts'
import { cutoverFigures } from './cutover-figures.ts'
import type { Stack } from './open-stack.ts'
import { writeOverlay, type RehearsalFiles } from './rehearsal-files.ts'
import { repository, type RehearsalOptions } from './rehearsal-options.ts'
import { takeTurns, type Turns } from './turns.ts'

/** What came of the workflow, and of those after it. */
export interface Migrated {
  readonly run: WorkflowRun
  readonly denied: boolean
  readonly switched: boolean
  readonly turns: Turns | null
}

/** Runs the workflow while the writers write, and lets them go on for a while after it. */
export async function migrateUnderWrites(
  stack: Stack,
  github: GitHubServer,
  place: { readonly ledgerFile: string; readonly work: string; readonly files: RehearsalFiles },
  options: RehearsalOptions,
): Promise<Migrated> {
  options.onStep('starting the writers')
  const environment = stack.emulator.environment()
  const workload = await startWorkload({
    staleUrl: stack.url('source', 'shop_batch'),
    ledgerFile: place.ledgerFile,
    writers: options.writers,
    environment,
  })
  stack.group.watch(workload.pid)
  options.onWorkload(workload, stack)
  let denied = false
  const overlay = writeOverlay(join(place.work, 'overlay'), place.files)
  const runFile = (file: string, inputs: Readonly<Record<string, string>>): Promise<WorkflowRun> =>
    runWorkflow({
      file,
      checkout: options.checkout,
      ...(overlay === undefined ? {} : { overlay }),
      repository,
      event: { name: 'workflow_dispatch', inputs: { migration: place.files.migration, ...inputs } },
      vars: {
        MIGRATION_ROLE: `arn:aws:iam::${stack.account}:role/migration`,
        MIGRATION_ABORT_ROLE: `arn:aws:iam::${stack.account}:role/migration-abort`,
        AWS_REGION: 'eu-west-1',
      },
      environment: { AWS_ENDPOINT_URL: environment.AWS_ENDPOINT_URL ?? '' },
      github,
      workFolder: place.work,
      signal: options.signal,
      approve: async (request) => {
        const decision = await options.approve(request)
        denied ||= decision.state === 'rejected'
        return decision
      },
      onEvent: (event) => {
        if (event.type === 'process-started') stack.group.watch(event.pid)
        options.onEvent(event)
      },
    })
  try {
    options.onStep('migrating')
    const run = await runFile(place.files.workflow, {})
    options.signal.throwIfAborted()
    options.onStep('letting the writers go on')
    const migrated = run.conclusion === 'success' && !denied
    const { fallBackAfterMs } = options
    await stack.locateTarget()
    const turns =
      migrated && fallBackAfterMs !== undefined
        ? await takeTurns({ stack, workload, runFile, run, ledgerFile: place.ledgerFile }, options)
        : null
    await writersGoOn(workload, denied || migrated ? options.leastWrites : 0, options.signal)
    await stack.locateTarget()
    const { perSide } = workload.progress()
    const onTarget = Object.keys(perSide).some((server) => server.endsWith(`:${stack.target?.port ?? 0}`))
    return { run, denied, switched: onTarget || cutoverFigures(run) !== null, turns }
  } finally {
    await workload.stop()
  }
}

/** Long enough for the verdict to mean something: writes on whichever side is open, and enough of them in all. */
async function writersGoOn(workload: RunningWorkload, least: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + 90_000
  await sleep(2000, undefined, { signal })
  while (workload.progress().acknowledged < least && performance.now() < deadline)
    await sleep(100, undefined, { signal })
}
