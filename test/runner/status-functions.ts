import { data } from '@actions/expressions'
import type { FunctionDefinition } from '@actions/expressions/funcs/info'
import type { StepOutcome } from './run-result.ts'

/** `success()`, `failure()`, `cancelled()`, `always()` for the steps of a job, judged by its status so far. */
export function stepStatusFunctions(status: 'success' | 'failure' | 'cancelled'): FunctionDefinition[] {
  return build({
    success: () => status === 'success',
    failure: () => status === 'failure',
    cancelled: () => status === 'cancelled',
    always: () => true,
  })
}

/**
 * The same for a job's `if`, judged by every job it depends on, directly or not: one skipped ancestor is enough to
 * make `success()` false, one failed to make `failure()` true. Job ids as arguments narrow it to those.
 */
export function jobStatusFunctions(
  ancestors: ReadonlyMap<string, StepOutcome>,
  cancelled: boolean,
): FunctionDefinition[] {
  const results = (names: readonly string[]): (StepOutcome | undefined)[] =>
    names.length === 0 ? [...ancestors.values()] : names.map((name) => ancestors.get(name))
  return build({
    success: (names) => !cancelled && results(names).every((result) => result === 'success'),
    failure: (names) => !cancelled && results(names).includes('failure'),
    cancelled: () => cancelled,
    always: () => true,
  })
}

function build(conditions: Record<string, (names: readonly string[]) => boolean>): FunctionDefinition[] {
  return Object.entries(conditions).map(([name, holds]) => ({
    name,
    minArgs: 0,
    maxArgs: 255,
    call: (...names) => new data.BooleanData(holds(names.map((one) => one.coerceString()))),
  }))
}
