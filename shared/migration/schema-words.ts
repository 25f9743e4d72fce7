import type * as z from 'zod'

type Issue = z.core.$ZodIssue

/**
 * The form of a union that the writer meant: the one whose own kind is right and in which only something inside is
 * wrong. None where every form is of another kind: then `requirement` names them all.
 */
export function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.find((branch) => !branch.some(isOtherKind))
}

function isOtherKind({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')
}

/** What the file must have at that place, as a sentence that follows its name: `must be a whole number`. Pure. */
export function requirement(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_value':
      return `must be ${form(issue)}`
    case 'invalid_union': {
      const forms = issue.errors.flatMap((branch) => branch.filter(isOtherKind).map(form))
      return forms.length === 0 ? issue.message : `must be ${[...new Set(forms)].join(' or ')}`
    }
    case 'too_small':
      return `must ${sized(issue.origin)} at least ${String(issue.minimum)}`
    case 'too_big':
      return `must ${sized(issue.origin)} at most ${String(issue.maximum)}`
    case 'invalid_format':
      return issue.message.startsWith('Invalid')
        ? `must match ${issue.pattern ?? issue.format}`
        : issue.message
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  object: 'a mapping with keys',
  array: 'a list',
  boolean: '`true` or `false`',
}

function form(issue: Issue): string {
  if (issue.code === 'invalid_type') return kinds[issue.expected] ?? issue.expected
  if (issue.code === 'invalid_value') return issue.values.map((value) => `\`${String(value)}\``).join(' or ')
  return issue.message
}

function sized(origin: string): string {
  if (origin === 'array') return 'have items:'
  return origin === 'string' ? 'have characters:' : 'be'
}
