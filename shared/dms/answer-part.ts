import { MigrationError } from '../runtime/errors.ts'

/** A member that the SDK's types call optional and that we cannot do without. Throws `unavailable`, naming it. */
export function required<T>(value: T | undefined, member: string, call: string): T {
  if (value === undefined) {
    throw new MigrationError('unavailable', `the answer of ${call} lacks ${member}`, {
      remedy: 'Run the job again; report it if it stays, with the debug log.',
    })
  }
  return value
}

/** A JSON document that AWS keeps as text. Throws `precondition` where it is none. */
export function jsonDocument(text: string | undefined, member: string): unknown {
  if (text === undefined || text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MigrationError('precondition', `${member} is not valid JSON`, { cause })
  }
}
