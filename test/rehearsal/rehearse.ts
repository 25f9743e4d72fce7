import { join } from 'node:path'
import { startGitHubServer } from '../runner/github-server.ts'
import type { WorkflowRun } from '../runner/run-workflow.ts'
import { judge } from '../workload/judge.ts'
import { judgeTerms } from '../workload/judge-terms.ts'
import type { Verdict } from '../workload/verdict.ts'
import { sabotage, type Sabotage } from '../workload/sabotage.ts'
import { refusesApplication } from './refuses-application.ts'
import { cutoverFigures, type CutoverFigures } from './cutover-figures.ts'
import { migrateUnderWrites } from './migrate-under-writes.ts'
import { openStack, type Stack } from './open-stack.ts'
import { readRehearsalFiles, type RehearsalFiles } from './rehearsal-files.ts'
import { repository, type RehearsalOptions } from './rehearsal-options.ts'
import { plainShape } from './strategies.ts'
import type { Turns } from './turns.ts'
import { makeWorkFolder } from './work-folder.ts'

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
  /** The way back and forth again; null where there was none. */
  readonly turns: Turns | null
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
    const { run, denied, switched, turns } = await migrateUnderWrites(
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
        : await breakOne(stack, options.sabotage, { ledgerFile, sourceUrl, targetUrl })
    options.onStep('judging')
    return {
      run,
      // Where a migration failed on its way, the source must have gone on as if there had been none.
      verdict:
        turns === null || targetUrl === undefined
          ? await judge({ ledgerFile, sourceUrl, targetUrl, expectSwitched: !denied && switched })
          : await judgeTerms({ ledgerFile, sourceUrl, targetUrl, sides: turns.sides }),
      turns,
      denied,
      targetRefusesApplication:
        stack.target === undefined || (await refusesApplication(stack.url('target', 'shop_app'))),
      cutover: cutoverFigures(run),
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

/** The way back would carry to the source what is broken on the target, and both would be wrong alike: it is ended first. */
async function breakOne(
  stack: Stack,
  kind: Sabotage,
  place: { readonly ledgerFile: string; readonly sourceUrl: string; readonly targetUrl: string },
): Promise<string> {
  await stack.emulator.stop()
  return sabotage(kind, place)
}
