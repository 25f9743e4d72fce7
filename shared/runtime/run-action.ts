import * as core from '@actions/core'
import { systemClock, type Clock } from './clock.ts'
import { asMigrationError, type MigrationError } from './errors.ts'
import { readInputs, type InputSchema, type InputsOf } from './inputs.ts'
import { actionsLog, harmless, type Log } from './log.ts'
import { failureSummary } from './failure-summary.ts'
import { summaryText } from './summary-text.ts'

/** What an action concluded. `failed` ends the step with 1 after its summary was written. */
export interface Outcome {
  /** One sentence: the verdict. */
  readonly headline: string
  readonly outputs: Readonly<Record<string, string>>
  /** Markdown for the job summary, verdict first. */
  readonly summary: string
  readonly failed?: boolean
}

export interface ActionContext {
  /** Aborts on SIGINT or SIGTERM: every wait must end within 5 s of it. */
  readonly signal: AbortSignal
  readonly log: Log
  readonly clock: Clock
}

/** At most nine annotations: GitHub shows ten a step, and the last one is the verdict. */
const mostAnnotations = 9

/**
 * The one place where an action meets the runner: reads the inputs, wires cancellation, writes outputs, summary,
 * annotations and the exit code. It never calls `process.exit`: what keeps the process alive is a leak to fix.
 */
export async function runAction<S extends InputSchema>(
  name: string,
  schema: S,
  body: (inputs: InputsOf<S>, context: ActionContext) => Promise<Outcome>,
): Promise<void> {
  const controller = new AbortController()
  const cancel = () => controller.abort()
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  try {
    const outcome = await body(readInputs(schema), {
      signal: controller.signal,
      log: actionsLog,
      clock: systemClock,
    })
    for (const [key, value] of Object.entries(outcome.outputs)) core.setOutput(key, value)
    await writeSummary(outcome.summary)
    if (outcome.failed === true) fail(name, outcome.headline)
    else core.info(harmless(outcome.headline))
  } catch (thrown) {
    const error = asMigrationError(thrown)
    await writeSummary(failureSummary(name, error))
    reportError(name, error)
  } finally {
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
}

/** A `post` step: tidying up. Its failures only warn, since the job's verdict stands already. */
export async function runPost(name: string, body: (context: ActionContext) => Promise<void>): Promise<void> {
  const signal = AbortSignal.timeout(60_000)
  try {
    await body({ signal, log: actionsLog, clock: systemClock })
  } catch (thrown) {
    core.warning(`${name} could not tidy up: ${asMigrationError(thrown).message}`)
  }
}

function reportError(name: string, error: MigrationError): void {
  if (core.isDebug() && error.cause instanceof Error)
    core.debug(harmless(error.cause.stack ?? error.cause.message))
  if (core.isDebug()) core.debug(harmless(error.stack ?? error.message))
  for (const [index, problem] of error.problems.entries()) {
    // The title of an annotation is no part of its line in the log.
    const named = problem.message.includes(problem.field)
    const text = [
      named ? problem.message : `${problem.field}: ${problem.message}`,
      problem.value === undefined ? '' : `value: ${problem.value}`,
      problem.remedy,
    ]
      .filter((part) => part !== '')
      .join('\n')
    const place = {
      title: problem.field,
      ...(problem.file === undefined ? {} : { file: problem.file }),
      ...(problem.line === undefined ? {} : { startLine: problem.line }),
    }
    if (index < mostAnnotations) core.error(text, place)
    else core.info(harmless(text))
  }
  const single =
    error.problems.length === 0 && error.remedy !== '' ? `${error.message}\n${error.remedy}` : error.message
  fail(`${name}: ${error.code}`, single)
}

function fail(title: string, text: string): void {
  process.exitCode = 1
  core.error(text, { title })
}

async function writeSummary(markdown: string): Promise<void> {
  if ((process.env.GITHUB_STEP_SUMMARY ?? '') === '') return
  // In place of what was written while the action worked.
  await core.summary.addRaw(summaryText(markdown), true).write({ overwrite: true })
}
