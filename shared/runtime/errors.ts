/**
 * What kind of failure it is: who has to act. `invalid-input`: the caller's file or inputs. `precondition`: the
 * databases, AWS or GitHub are not as they must be. `refused`: a judgement said no (drift, missing proof, approval).
 */
export type ErrorCode =
  'invalid-input' | 'precondition' | 'refused' | 'timeout' | 'cancelled' | 'unavailable' | 'bug'

/** One thing that is wrong, and what to do about it. `value` is never a secret's. */
export interface Problem {
  /** Input name, path in the migration file (`cutover.switch[0].secret`), or the object concerned (`public.orders`). */
  readonly field: string
  readonly message: string
  readonly remedy: string
  readonly value?: string
  /** Path and 1-based line of the file that the user wrote, for annotations. */
  readonly file?: string
  readonly line?: number
}

/**
 * The one error that actions throw on purpose. Anything else that is thrown is reported as a `bug`.
 * `message` is a lower-case fact, `remedy` an imperative sentence; `problems` lists everything found at once.
 */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
  readonly code: ErrorCode
  readonly remedy: string
  readonly problems: readonly Problem[]
  /** Further parts of the job summary, in Markdown: what was measured, what is true of the databases now. */
  readonly sections: readonly string[]

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      remedy?: string
      problems?: readonly Problem[]
      sections?: readonly string[]
      cause?: unknown
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.remedy = options.remedy ?? ''
    this.problems = options.problems ?? []
    this.sections = options.sections ?? []
  }
}

/** All problems of one look in one error; throws nothing when there are none. */
export function refuseProblems(code: ErrorCode, problems: readonly Problem[]): void {
  const [first] = problems
  if (first === undefined) return
  const message = problems.length === 1 ? first.message : `${problems.length} problems found`
  throw new MigrationError(code, message, { remedy: first.remedy, problems })
}

/** The same failure with further parts for the job summary. Whatever else was thrown is wrapped first. */
export function withSections(thrown: unknown, sections: readonly string[]): MigrationError {
  const error = asMigrationError(thrown)
  return new MigrationError(error.code, error.message, {
    remedy: error.remedy,
    problems: error.problems,
    sections: [...error.sections, ...sections],
    cause: error.cause,
  })
}

/** Wraps what a library threw. A MigrationError comes back as it is; everything else is a `bug` with its cause. */
export function asMigrationError(thrown: unknown): MigrationError {
  if (thrown instanceof MigrationError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new MigrationError('bug', message, {
    remedy: 'Run again with debug logging on (re-run, “Enable debug logging”) and report the log.',
    cause: thrown,
  })
}
