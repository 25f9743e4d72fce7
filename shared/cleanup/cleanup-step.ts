import { MigrationError } from '../runtime/errors.ts'
import type { Log } from '../runtime/log.ts'

export type Place = 'source' | 'target' | 'AWS'

/** One thing to remove or to put back. Each looks at what is there when it runs, so that it can be run again. */
export interface CleanupStep {
  /** Told by others in `after`. */
  readonly id: string
  readonly where: Place
  /** What is done, as a person would say it: `delete the endpoint x`. */
  readonly title: string
  /** Calls and SQL as a dry run prints them. */
  readonly commands: readonly string[]
  /** Steps without whose success this one would do harm or cannot succeed. */
  readonly after: readonly string[]
  /** Identifier of what it removes, as the journals name it. */
  readonly removes?: string
  readonly perform: () => Promise<void>
}

/** What could not be removed. */
export interface LeftOver {
  readonly where: Place
  readonly title: string
  readonly reason: string
  readonly remedy: string
}

export interface Cleaned {
  readonly done: readonly CleanupStep[]
  readonly left: readonly LeftOver[]
}

/**
 * Runs the stages one after another: in each, the calls of AWS side by side, since each deletion takes minutes, and what is done
 * in databases in order. One step's failure leaves what needs it, and nothing else, undone. Never throws for a step.
 */
export async function runStages(
  stages: readonly (readonly CleanupStep[])[],
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<Cleaned> {
  const done: CleanupStep[] = []
  const left: LeftOver[] = []
  const undone = new Set<string>()
  const titles = new Map(stages.flat().map(({ id, title }) => [id, title]))
  const leave = (step: CleanupStep, reason: string, remedy: string) => {
    undone.add(step.id)
    left.push({ where: step.where, title: step.title, reason, remedy })
    log.warn(`${step.where}: could not ${step.title}: ${reason}`)
  }
  const take = async (step: CleanupStep) => {
    const missing = step.after.find((id) => undone.has(id))
    if (missing !== undefined)
      return leave(step, `it comes after: ${titles.get(missing) ?? missing}`, 'Run cleanup again after that.')
    if (signal.aborted) return leave(step, 'the run was cancelled before it', 'Run cleanup again.')
    try {
      await step.perform()
      done.push(step)
      log.line(`${step.where}: ${step.title}`)
    } catch (error) {
      const remedy = error instanceof MigrationError ? error.remedy : ''
      leave(
        step,
        error instanceof Error ? error.message : String(error),
        remedy === '' ? 'Mend what is named, then run cleanup again.' : remedy,
      )
    }
  }
  for (const stage of stages) {
    await Promise.all([
      ...stage.filter(({ where }) => where === 'AWS').map(take),
      inOrder(
        stage.filter(({ where }) => where !== 'AWS'),
        take,
      ),
    ])
  }
  return { done, left }
}

async function inOrder(
  steps: readonly CleanupStep[],
  take: (step: CleanupStep) => Promise<void>,
): Promise<void> {
  for (const step of steps) await take(step)
}

/** Prints what a run would do, in order. */
export function printStages(stages: readonly (readonly CleanupStep[])[], log: Log): void {
  for (const { where, title, commands } of stages.flat()) {
    log.line(`would ${title} (${where}):`)
    for (const command of commands) log.line(`  ${command}`)
  }
}
