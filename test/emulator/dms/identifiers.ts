import { invalidValue } from '../protocol/aws-error.ts'

/** Letters, digits and hyphens, a letter first, no hyphen last or twice in a row: the rule of all DMS identifiers. */
export function demandIdentifier(parameter: string, value: string, longest: number): void {
  if (/^[A-Za-z](?:-?[A-Za-z0-9])*$/.test(value) && value.length <= longest) return
  throw invalidValue(
    `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens; at most ${longest} characters.`,
  )
}

/** A caller's own last segment for an ARN: up to 31 letters, digits and hyphens. */
export function demandResourceIdentifier(value: string | undefined): void {
  if (value === undefined || /^[A-Za-z][A-Za-z0-9-]{0,30}$/.test(value)) return
  throw invalidValue('The parameter ResourceIdentifier is not valid: 1 to 31 letters, digits and hyphens.')
}
