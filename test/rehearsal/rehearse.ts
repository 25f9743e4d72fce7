import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startGitHubServer, type GitHubServer } from '../runner/github-server.ts'
import {
  runWorkflow,
  type ApprovalDecision,
  type ApprovalRequest,
  type RunEvent,
  type WorkflowRun,
} from '../runner/run-workflow.ts'
import { judge } from '../workload/judge.ts'
import type { Verdict } from '../workload/verdict.ts'
import { sabotage, type Sabotage } from '../workload/sabotage.ts'
import { startWorkload, type RunningWorkload } from '../workload/start-workload.ts'
import { refusesApplication } from './refuses-application.ts'
import { openStack, type Stack } from './open-stack.ts'
import { readRehearsalFiles, writeOverlay, type RehearsalFiles } from './rehearsal-files.ts'
import { plainShape, type Strategy } from './strategies.ts'
import { makeWorkFolder } from './work-folder.ts'

/** The repository that the example workflows name in `uses:`. */
export const repository = 'aurora-migration/aurora-migration-actions'

export interface RehearsalOptions {
  /** Root of the checkout whose bundles and examples are run. */
  readonly checkout: string
  readonly workflow: string
  readonly migration: string
  readonly out: string
  readonly scale: number
  readonly writers: number
  readonly replicationDelayMs: number
  /** Writes that must have been acknowledged before the writers are stopped. */
  readonly leastWrites: number
  readonly sourceUrl?: string
  readonly targetUrl?: string
  /** One of the strategies instead of `migration`. */
  readonly strategy?: Strategy
  readonly sabotage?: Sabotage
  readonly signal: AbortSignal
  approve(request: ApprovalRequest): Promise<ApprovalDecision>
  /** For the live view. */
  readonly onJobs: (ids: readonly string[]) => void
  readonly onStep: (step: string) => void
  readonly onEvent: (event: RunEvent) => void
  readonly onWorkload: (workload: RunningWorkload, stack: Stack) => void
}

/** What a rehearsal showed. */
export interface Rehearsal {
  readonly run: WorkflowRun
  readonly verdict: Verdict
  /** A reviewer said no: the source must go on, and the target refuse the application. */
  readonly denied: boolean
  readonly targetRefusesApplication: boolean
  /** Output `result` of the cutover; null where it did not run or failed. */
  readonly cutover: CutoverFigures | null
  readonly broken: string | undefined
  readonly sourceVersion: string
  readonly targetVersion: string
  readonly replicationDelayMs: number
  /** Acknowledged writes that were asked for. */
  readonly leastWrites: number
  /** What the writers were told, and the port by which the source is known there. */
  readonly ledgerFile: string
  readonly sourcePort: number
  readonly ms: number
}

/** The figures that the cutover put out. */
export interface CutoverFigures {
  readonly freezeMs: number | null
  readonly drainMs: number | null
  readonly ourMs: number | null
  readonly markerRoundTripMs: number | null
  readonly lockAttempts: number
  readonly sessionsEnded: number
  readonly sequencesSet: number
  readonly phases: readonly { readonly name: string; readonly startedAt: string; readonly ms: number }[]
}

/** How late CloudWatch shows a point in a rehearsal; on AWS it is a minute or more. */
export const rehearsalMetricDelayMs = 1000

/** How long a cancelled run may clean up after itself; then everything is ended, with whatever it does. */
const cancelledMs = 3000

/**
 * One migration from start to verdict: servers, live writers, the workflow as GitHub would run it, then the judge. Ends
 * everything that it started, whatever happens. Rejects with the signal's reason where that aborts.
 */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const began = performance.now()
  const { strategy } = options
  const files = await readRehearsalFiles({
    ...options,
    repository,
    ...(strategy === undefined ? {} : { strategy }),
  })
  options.onJobs(files.jobs)
  const work = makeWorkFolder(options.out)
  const stack = await openStack({
    folder: work,
    shape: strategy?.shape ?? plainShape,
    scale: options.scale,
    ...(options.sourceUrl === undefined ? {} : { sourceUrl: options.sourceUrl }),
    ...(options.targetUrl === undefined ? {} : { targetUrl: options.targetUrl }),
    knobs: {
      replicationDelayMs: options.replicationDelayMs,
      metricDelayMs: rehearsalMetricDelayMs,
      metricPeriodMs: 500,
      controlPlaneDelayMs: 200,
    },
    signal: options.signal,
    onStep: options.onStep,
  })
  const patience = endOfPatience(options.signal)
  try {
    const figures = await Promise.race([rehearseOn(stack, work, files, options), patience.promise])
    return { ...figures, ms: Math.round(performance.now() - began) }
  } finally {
    patience.end()
    await stack.close()
  }
}

/** Rejects with the signal's reason some time after it aborts, and never resolves. */
function endOfPatience(signal: AbortSignal): { readonly promise: Promise<never>; end(): void } {
  const { promise, reject } = Promise.withResolvers<never>()
  let timer: NodeJS.Timeout | undefined
  const start = (): void => {
    timer = setTimeout(() => reject(signal.reason), cancelledMs)
  }
  signal.addEventListener('abort', start, { once: true })
  return {
    promise,
    end: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', start)
    },
  }
}

async function rehearseOn(
  stack: Stack,
  work: string,
  files: RehearsalFiles,
  options: RehearsalOptions,
): Promise<Omit<Rehearsal, 'ms'>> {
  const github = await startGitHubServer({
    repository,
    environments: [
      {
        name: files.environment,
        reviewers: ['reviewer'],
        preventSelfReview: true,
        canAdminsBypass: false,
      },
    ],
  })
  try {
    const ledgerFile = join(work, 'ledger.ndjson')
    const { run, denied, switched } = await migrateUnderWrites(
      stack,
      github,
      { ledgerFile, work, files },
      options,
    )
    const sourceUrl = stack.superuserUrl('source')
    const targetUrl = stack.target === undefined ? undefined : stack.superuserUrl('target')
    const broken =
      options.sabotage === undefined || targetUrl === undefined || run.conclusion !== 'success'
        ? undefined
        : await sabotage(options.sabotage, { ledgerFile, sourceUrl, targetUrl })
    options.onStep('judging')
    return {
      run,
      // Where a migration failed on its way, the source must have gone on as if there had been none.
      verdict: await judge({ ledgerFile, sourceUrl, targetUrl, expectSwitched: !denied && switched }),
      denied,
      targetRefusesApplication:
        stack.target === undefined || (await refusesApplication(stack.url('target', 'shop_app'))),
      cutover: readFigures(run),
      broken,
      sourceVersion: stack.source.version,
      targetVersion: stack.targetVersion,
      replicationDelayMs: options.replicationDelayMs,
      leastWrites: options.leastWrites,
      ledgerFile,
      sourcePort: stack.source.port,
    }
  } finally {
    await github.close()
  }
}

/** Runs the workflow while the writers write, and lets them go on for a while after it. */
async function migrateUnderWrites(
  stack: Stack,
  github: GitHubServer,
  place: { readonly ledgerFile: string; readonly work: string; readonly files: RehearsalFiles },
  options: RehearsalOptions,
): Promise<{ readonly run: WorkflowRun; readonly denied: boolean; readonly switched: boolean }> {
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
  try {
    options.onStep('migrating')
    const overlay = writeOverlay(join(place.work, 'overlay'), place.files)
    const run = await runWorkflow({
      file: place.files.workflow,
      checkout: options.checkout,
      ...(overlay === undefined ? {} : { overlay }),
      repository,
      event: { name: 'workflow_dispatch', inputs: { migration: place.files.migration } },
      vars: {
        MIGRATION_ROLE: `arn:aws:iam::${stack.account}:role/migration`,
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
    options.signal.throwIfAborted()
    options.onStep('letting the writers go on')
    const leastWrites = denied || run.conclusion === 'success' ? options.leastWrites : 0
    await writersGoOn(workload, leastWrites, options.signal)
    await stack.locateTarget()
    const { perSide } = workload.progress()
    const onTarget = Object.keys(perSide).some((server) => server.endsWith(`:${stack.target?.port ?? 0}`))
    return { run, denied, switched: onTarget || readFigures(run) !== null }
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

/** The cutover step's JSON, wherever the workflow has it. */
function readFigures(run: WorkflowRun): CutoverFigures | null {
  for (const job of Object.values(run.jobs)) {
    for (const step of job.steps) {
      if (step.outputs.state === 'opened' && step.outputs.result !== undefined)
        return JSON.parse(step.outputs.result) as CutoverFigures
    }
  }
  return null
}
