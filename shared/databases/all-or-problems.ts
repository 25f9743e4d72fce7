import { MigrationError } from '../runtime/errors.ts'

/**
 * Waits for all, and gives all results or one error with the problems of all that failed: whoever has to mend two
 * secrets should not need two runs to learn of them. Anything that is not a MigrationError is thrown as it is.
 */
export async function allOrProblems<T extends readonly unknown[]>(work: {
  readonly [K in keyof T]: Promise<T[K]>
}): Promise<T> {
  const settled = await Promise.allSettled(work)
  const failed = settled.filter((one) => one.status === 'rejected').map(({ reason }): unknown => reason)
  if (failed.length > 0) throw oneError(failed)
  const results: Promise<unknown> = Promise.all(work)
  return results as Promise<T>
}

/** Several failures as one; the first says of what kind it is. Pure. */
export function oneError(failed: readonly unknown[]): unknown {
  const [first] = failed
  const foreign = failed.find((error) => !(error instanceof MigrationError))
  if (foreign !== undefined) return foreign
  if (failed.length === 1 || !(first instanceof MigrationError)) return first
  const problems = failed.flatMap((error) => {
    if (!(error instanceof MigrationError)) return []
    return error.problems.length > 0
      ? error.problems
      : [{ field: error.code, message: error.message, remedy: error.remedy }]
  })
  return new MigrationError(first.code, `${problems.length} problems found`, {
    remedy: first.remedy,
    problems,
    cause: first,
  })
}
