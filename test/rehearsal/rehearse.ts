import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseMigration } from '../../shared/migration/migration-file.ts'
import { startGitHubServer } from '../runner/github-server.ts'
import {
  runWorkflow,
  type ApprovalDecision,
  type ApprovalRequest,
  type RunEvent,
  type WorkflowRun,
} from '../runner/run-workflow.ts'
import { judge, type Verdict } from '../workload/judge.ts'
import { sabotage, type Sabotage } from '../workload/sabotage.ts'
import { startWorkload, type RunningWorkload } from '../workload/start-workload.ts'
import { refusesApplication } from './refuses-application.ts'
import { openStack, type Stack } from './open-stack.ts'

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
  readonly sabotage?: Sabotage
  readonly signal: AbortSignal
  approve(request: ApprovalRequest): Promise<ApprovalDecision>
  /** For the live view. */
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

/**
 * One migration from start to verdict: servers, live writers, the workflow as GitHub would run it, then the judge. Ends
 * everything that it started, whatever happens.
 */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const began = performance.now()
  const work = join(options.out, 'work')
  mkdirSync(work, { recursive: true })
  const migration = parseMigration(
    readFileSync(resolve(options.checkout, options.migration), 'utf8'),
    options.migration,
  )
  const stack = await openStack({
    folder: work,
    scale: options.scale,
    ...(options.sourceUrl === undefined ? {} : { sourceUrl: options.sourceUrl }),
    ...(options.targetUrl === undefined ? {} : { targetUrl: options.targetUrl }),
    knobs: {
      replicationDelayMs: options.replicationDelayMs,
      metricDelayMs: rehearsalMetricDelayMs,
      metricPeriodMs: 500,
      controlPlaneDelayMs: 200,
    },
    onStep: options.onStep,
  })
  try {
    const github = await startGitHubServer({
      repository,
      environments: [
        {
          name: migration.cutover.environment,
          reviewers: ['reviewer'],
          preventSelfReview: true,
          canAdminsBypass: false,
        },
      ],
    })
    try {
      const ledgerFile = join(work, 'ledger.ndjson')
      options.onStep('starting the writers')
      const workload = await startWorkload({
        staleUrl: stack.url('source', 'shop_batch'),
        ledgerFile,
        writers: options.writers,
        environment: stack.emulator.environment(),
      })
      stack.group.watch(workload.pid)
      options.onWorkload(workload, stack)
      let denied = false
      let run: WorkflowRun
      try {
        run = await runWorkflow({
          file: options.workflow,
          checkout: options.checkout,
          repository,
          event: { name: 'workflow_dispatch', inputs: { migration: options.migration } },
          vars: { MIGRATION_ROLE: 'arn:aws:iam::123456789012:role/migration', AWS_REGION: 'eu-west-1' },
          environment: { AWS_ENDPOINT_URL: stack.emulator.environment().AWS_ENDPOINT_URL ?? '' },
          github,
          workFolder: work,
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
        options.onStep('letting the writers go on')
        await writersGoOn(workload, options)
      } finally {
        await workload.stop()
      }
      const urls = {
        ledgerFile,
        sourceUrl: stack.superuserUrl('source'),
        targetUrl: stack.superuserUrl('target'),
      }
      const broken = options.sabotage === undefined ? undefined : await sabotage(options.sabotage, urls)
      options.onStep('judging')
      return {
        run,
        verdict: await judge({ ...urls, expectSwitched: !denied }),
        denied,
        targetRefusesApplication: await refusesApplication(stack.url('target', 'shop_app')),
        cutover: readFigures(run),
        broken,
        sourceVersion: stack.source.version,
        targetVersion: stack.target.version,
        replicationDelayMs: options.replicationDelayMs,
        ms: Math.round(performance.now() - began),
      }
    } finally {
      await github.close()
    }
  } finally {
    await stack.close()
  }
}

/** Long enough for the verdict to mean something: writes on whichever side is open, and enough of them in all. */
async function writersGoOn(workload: RunningWorkload, options: RehearsalOptions): Promise<void> {
  const deadline = performance.now() + 90_000
  await sleep(2000, undefined, { signal: options.signal })
  while (workload.progress().acknowledged < options.leastWrites && performance.now() < deadline) {
    await sleep(100, undefined, { signal: options.signal })
  }
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
