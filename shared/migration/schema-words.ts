import type * as z from 'zod'
import { didYouMean } from './did-you-mean.ts'
import { knownKeys } from './schema-walk.ts'
import { isMapping } from './value-at.ts'

type Issue = z.core.$ZodIssue

/**
 * Index of the form of a choice that the writer meant: one whose own kind is right and in which only something inside is
 * wrong; of several mappings the one with most of the given keys, also nearly. None where every form is of another kind,
 * or no key tells. `branches` are what each of `forms` found wrong. Pure.
 */
export function nearestForm(
  branches: readonly (readonly Issue[])[],
  forms: readonly unknown[],
  value: unknown,
): number | undefined {
  const fitting = [...branches.keys()].filter((index) => !branches[index]?.some(isOtherKind))
  if (fitting.length < 2 || !isMapping(value)) return fitting[0]
  const given = Object.keys(value)
  const likeness = (index: number) => {
    const known = knownKeys(forms[index], undefined)
    return given.reduce(
      (sum, key) => sum + (known.includes(key) ? 2 : didYouMean(key, known) === undefined ? 0 : 1),
      0,
    )
  }
  return fitting
    .map((index) => ({ index, likeness: likeness(index) }))
    .filter((form) => form.likeness > 0)
    .sort((a, b) => b.likeness - a.likeness)[0]?.index
}

/** Whether a form of a choice is refused for what it is as a whole, not for something inside. */
export function isOtherKind({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')
}

/** What the file must have at that place, as a sentence that follows its name: `must be a whole number`. Pure. */
export function requirement(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${form(issue)}`
    case 'invalid_value':
      return ownWords(issue) ?? `must be ${form(issue)}`
    case 'invalid_union': {
      if ('options' in issue && Array.isArray(issue.options))
        return `must be ${issue.options.map((word) => `\`${String(word)}\``).join(' or ')}`
      const forms = issue.errors.flatMap((branch) => branch.filter(isOtherKind).map(form))
      return forms.length === 0 ? issue.message : `must be ${[...new Set(forms)].join(' or ')}`
    }
    case 'too_small':
      return ownWords(issue) ?? `must ${sized('at least', issue.minimum, issue.origin)}`
    case 'too_big':
      return ownWords(issue) ?? `must ${sized('at most', issue.maximum, issue.origin)}`
    case 'invalid_format':
      return ownWords(issue) ?? `must match ${issue.pattern ?? issue.format}`
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message
  }
}

/** What the schema says itself, where it does; zod's own messages begin so. */
function ownWords({ message }: Issue): string | undefined {
  return /^(Invalid|Too (small|big))\b/u.test(message) ? undefined : message
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

const counted: Readonly<Record<string, string>> = { array: 'item', string: 'character' }

function sized(bound: string, limit: number | bigint, origin: string): string {
  const unit = counted[origin]
  return unit === undefined
    ? `be ${bound} ${limit}`
    : `have ${bound} ${limit} ${unit}${limit === 1 ? '' : 's'}`
}
