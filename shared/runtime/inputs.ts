import * as core from '@actions/core'
import { parseDuration } from './duration.ts'
import { MigrationError, refuseProblems, type Problem } from './errors.ts'

export { parseDuration }

/** Reads one input's text: gives its value, or says what is wrong and how to mend it. */
export interface Reader<T> {
  readonly read: (text: string, field: string) => T
  readonly secret: boolean
}

/** The inputs of an action by their kebab-case names, exactly those of its action.yml. */
export type InputSchema = Readonly<Record<string, Reader<unknown>>>
export type InputsOf<S extends InputSchema> = {
  readonly [K in keyof S]: S[K] extends Reader<infer T> ? T : never
}

class WrongInput extends Error {
  readonly remedy: string
  constructor(message: string, remedy: string) {
    super(message)
    this.remedy = remedy
  }
}

function reader<T>(read: (text: string, field: string) => T, secret = false): Reader<T> {
  return { read, secret }
}

/** Text that must not be empty. `example` is shown to whoever left it out. */
export function text(example: string): Reader<string> {
  return reader((value, field) => {
    if (value === '')
      throw new WrongInput(
        `input ${field} is missing`,
        `Set it under \`with:\`, for example \`${field}: ${example}\`.`,
      )
    return value
  })
}

/** Text that may be left out; absent is `undefined`. */
export function optionalText(): Reader<string | undefined> {
  return reader((value) => (value === '' ? undefined : value))
}

/** A list separated by commas, spaces or line breaks; absent is empty. */
export function list(): Reader<readonly string[]> {
  return reader((value) => value.split(/[\s,]+/u).filter((item) => item !== ''))
}

/** `true` or `false`, nothing else: a truthy string such as `'no'` must not switch anything on. */
export function flag(): Reader<boolean> {
  return reader((value, field) => {
    if (value === 'true') return true
    if (value === 'false') return false
    throw new WrongInput(
      `input ${field} is neither true nor false`,
      `Write \`${field}: 'true'\` or \`${field}: 'false'\`.`,
    )
  })
}

/** One of the given words. */
export function choice<const T extends string>(...words: readonly T[]): Reader<T> {
  return reader((value, field) => {
    const found = words.find((word) => word === value)
    if (found === undefined)
      throw new WrongInput(
        `input ${field} is not one of ${words.join(', ')}`,
        `Use one of: ${words.join(', ')}.`,
      )
    return found
  })
}

/** A whole number of at least `min`, as a bigint (margins of sequences do not fit a JS number). */
export function wholeNumber(min: bigint): Reader<bigint> {
  return reader((value, field) => {
    if (!/^\d{1,19}$/u.test(value) || BigInt(value) < min) {
      throw new WrongInput(
        `input ${field} is not a whole number of at least ${min}`,
        `Write digits only, for example \`${field}: '${min}'\`.`,
      )
    }
    return BigInt(value)
  })
}

/** A duration such as `90s`, `5m` or `2h30m`, in ms. */
export function duration(): Reader<number> {
  return reader((value, field) => {
    const ms = parseDuration(value)
    if (ms === undefined)
      throw new WrongInput(
        `input ${field} is not a duration`,
        `Write a number with a unit, for example \`${field}: 90s\`, \`5m\` or \`2h30m\`.`,
      )
    return ms
  })
}

/** A database URL. It is masked as a whole, and so are its password's raw and decoded forms. */
export function optionalDatabaseUrl(): Reader<string | undefined> {
  return reader((value, field) => {
    if (value === '') return undefined
    maskDatabaseUrl(value)
    if (!URL.canParse(value) || !/^postgres(ql)?:$/u.test(new URL(value).protocol)) {
      throw new WrongInput(
        `input ${field} is not a PostgreSQL URL`,
        `Write \`${field}: \${{ secrets.NAME }}\` with a secret such as postgres://user:password@host:5432/database.`,
      )
    }
    return value
  }, true)
}

/** Masks a URL and its password. Values under 6 characters are left: masking a common word eats job outputs. */
export function maskDatabaseUrl(url: string): void {
  if (url.length >= 6) core.setSecret(url)
  if (!URL.canParse(url)) return
  const { password } = new URL(url)
  for (const form of new Set([password, decodeURIComponent(password)]))
    if (form.length >= 6) core.setSecret(form)
}

/**
 * Reads all inputs from `INPUT_*`, as the runner passes them. Throws one `invalid-input` MigrationError that lists
 * every problem; a secret's value is never part of it.
 */
export function readInputs<S extends InputSchema>(schema: S): InputsOf<S> {
  const problems: Problem[] = []
  const values: Record<string, unknown> = {}
  for (const [field, { read, secret }] of Object.entries(schema)) {
    const raw = core.getInput(field)
    try {
      values[field] = read(raw, field)
    } catch (error) {
      if (!(error instanceof WrongInput)) throw error
      problems.push({
        field,
        message: error.message,
        remedy: error.remedy,
        ...(secret || raw === '' ? {} : { value: raw }),
      })
    }
  }
  refuseProblems('invalid-input', problems)
  return values as InputsOf<S>
}

/** An input is only needed in some combinations: says so in the same words as the readers do. */
export function missingInput(field: string, example: string, when: string): MigrationError {
  const problem: Problem = {
    field,
    message: `input ${field} is missing (needed ${when})`,
    remedy: `Set it under \`with:\`, for example \`${field}: ${example}\`.`,
  }
  return new MigrationError('invalid-input', problem.message, { remedy: problem.remedy, problems: [problem] })
}
