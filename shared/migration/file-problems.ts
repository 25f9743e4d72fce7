import type * as z from 'zod'
import type { Problem } from '../runtime/errors.ts'
import { didYouMean } from './did-you-mean.ts'
import { formsOf, knownKeys, schemaAt, unwrap } from './schema-walk.ts'
import { isOtherKind, nearestForm, requirement } from './schema-words.ts'
import { depthOf, isMapping, valueAt } from './value-at.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/** Something wrong in a document, with the path where it stands. */
export interface PlacedProblem extends Omit<Problem, 'field' | 'file' | 'line'> {
  readonly path: Path
}

/**
 * What a schema found wrong in `document`, in words for whoever wrote it: misspelt keys and words with what was probably
 * meant, choices by the form that was meant. Pure.
 */
export function problemsOf(issues: readonly Issue[], schema: unknown, document: unknown): PlacedProblem[] {
  const meant = new Set<string>()
  const unknown = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => {
          const { problem, near } = unknownKey(key, issue.path, schema, document)
          if (near !== undefined) meant.add(nameOf([...issue.path, near]))
          return { issue, problem }
        })
      : [],
  )
  return issues.flatMap((issue): PlacedProblem[] => {
    if (issue.code === 'unrecognized_keys')
      return unknown.filter((one) => one.issue === issue).map(({ problem }) => problem)
    // One mistake, one problem: a key that is there under a misspelt name is not missing, too.
    if (meant.has(nameOf(issue.path)) && !isThere(document, issue.path)) return []
    return issue.code === 'invalid_union' && issue.errors.length > 0
      ? choiceProblems(issue, schema, document)
      : [wrongValue(issue, schema, document)]
  })
}

/** A path as people write it: `cutover.switch[0].secret`. */
export function nameOf(path: Path): string {
  if (path.length === 0) return 'migration'
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${keyName(String(key))}`,
    )
    .join('')
}

/** A key in a sentence; quoted where it could be taken for anything else. */
function keyName(key: string): string {
  return /^[\w-]{1,200}$/u.test(key) ? key : JSON.stringify(key.slice(0, 200))
}

function unknownKey(
  key: string,
  at: Path,
  schema: unknown,
  document: unknown,
): { problem: PlacedProblem; near: string | undefined } {
  const holder = valueAt(document, at)
  const known = knownKeys(schemaAt(schema, at, document), holder)
  const free = known.filter((word) => !isMapping(holder) || !Object.hasOwn(holder, word))
  const near = didYouMean(key, free)
  return {
    problem: {
      path: [...at, key],
      message: `unknown key ${keyName(key)}`,
      remedy: near === undefined ? `Remove it; known here: ${known.join(', ')}.` : `Did you mean ${near}?`,
    },
    near,
  }
}

function choiceProblems(
  issue: z.core.$ZodIssueInvalidUnion,
  schema: unknown,
  document: unknown,
): PlacedProblem[] {
  const value = valueAt(document, issue.path)
  const choice = schemaAt(schema, issue.path, document)
  const forms = formsOf(choice)
  const chosen = nearestForm(issue.errors, forms, value)
  if (chosen !== undefined)
    return problemsOf(issue.errors[chosen] ?? [], forms[chosen], value).map((problem) => {
      const path = [...issue.path, ...problem.path]
      // Found inside the form, it is called by its name there.
      const inside = `${nameOf(problem.path)} `
      const message = problem.message.startsWith(inside)
        ? `${nameOf(path)} ${problem.message.slice(inside.length)}`
        : problem.message
      return { ...problem, path, message }
    })
  const known = knownKeys(choice, value)
  if (!isMapping(value) || known.length === 0 || !issue.errors.some((form) => !form.some(isOtherKind)))
    return [wrongValue(issue, schema, document)]
  // A mapping, and none of its keys says which of the forms it is to be.
  const keys = Object.keys(value)
  if (keys.length > 0) return keys.map((key) => unknownKey(key, issue.path, schema, document).problem)
  const remedy = `Give it one of: ${known.join(', ')}.`
  return [{ path: issue.path, message: `${nameOf(issue.path)} is empty`, remedy }]
}

function wrongValue(issue: Issue, schema: unknown, document: unknown): PlacedProblem {
  const { path } = issue
  const value = valueAt(document, path)
  const name = nameOf(path)
  const needed = requirement(issue)
  if (path.length > 0 && !isThere(document, path))
    return issue.code === 'custom'
      ? { path, message: `${name} ${needed}`, remedy: 'Add it.' }
      : {
          path,
          message: `${name} is missing`,
          remedy: `Add it; it ${needed}${keysBelow(schema, path, document)}.`,
        }
  if (value === null)
    return {
      path,
      message: `${name} is empty`,
      remedy: `Give it a value; it ${needed}${keysBelow(schema, path, document)}.`,
    }
  const near = typeof value === 'string' ? didYouMean(value, wordsOf(issue)) : undefined
  return {
    path,
    message: `${name} ${needed}`,
    remedy:
      near === undefined
        ? 'Correct the value; see migration.schema.json for what is allowed.'
        : `Did you mean ${near}?`,
    ...shown(value),
  }
}

function isThere(document: unknown, path: Path): boolean {
  return depthOf(document, path) === path.length
}

/** ` (secret, url-env, …)` where a mapping is missing. */
function keysBelow(schema: unknown, path: Path, document: unknown): string {
  const below = schemaAt(schema, path, document)
  const keys = unwrap(below) === undefined ? [] : knownKeys(below, undefined)
  return keys.length === 0 ? '' : ` (${keys.join(', ')})`
}

/** The words that a value may be. */
function wordsOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code !== 'invalid_union') return []
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : []
  return [...options, ...issue.errors.flatMap((form) => form.flatMap(wordsOf))]
}

/** The value beside its problem, cut short; never one that may hold a password. */
function shown(value: unknown): { value: string } | object {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return {}
  const text = String(value).slice(0, 200)
  return text === '' || /:\/\/[^/]*@/u.test(text) ? {} : { value: text }
}
