import { readFile } from 'node:fs/promises'
import { distance } from 'fastest-levenshtein'
import { LineCounter, parseDocument, type Document } from 'yaml'
import type * as z from 'zod'
import { MigrationError, refuseProblems, type Problem } from '../runtime/errors.ts'
import { nearestBranch, requirement } from './schema-words.ts'
import { migrationFileSchema, type Migration } from './schema.ts'

/**
 * Reads and checks the migration file at `path` (relative to the workspace). Throws one `invalid-input`
 * MigrationError that lists every problem with its path in the file and its line.
 */
export async function readMigrationFile(path: string): Promise<Migration> {
  let content: string
  try {
    content = await readFile(path, 'utf8')
  } catch (cause) {
    const problem: Problem = {
      field: 'migration',
      value: path,
      message: `the migration file ${path} cannot be read`,
      remedy:
        'Give its path from the root of the checkout, and check that the job has a checkout step before this one.',
    }
    throw new MigrationError('invalid-input', problem.message, {
      remedy: problem.remedy,
      problems: [problem],
      cause,
    })
  }
  return parseMigration(content, path)
}

/** The pure part of reading: text in, checked migration out; `path` is only named in problems. */
export function parseMigration(content: string, path: string): Migration {
  const lines = new LineCounter()
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false })
  refuseProblems(
    'invalid-input',
    document.errors.map((error) => ({
      field: 'migration',
      message: `${path} is not valid YAML: ${error.message}`,
      remedy: 'Mend the YAML at that line; most often it is indentation or a missing quote.',
      file: path,
      line: lines.linePos(error.pos[0]).line,
    })),
  )
  const checked = migrationFileSchema.safeParse(document.toJS(), { reportInput: true })
  if (!checked.success)
    refuseProblems(
      'invalid-input',
      checked.error.issues.flatMap((issue) => describe(issue, document, lines, path)),
    )
  return checked.data as Migration
}

function describe(issue: z.core.$ZodIssue, document: Document, lines: LineCounter, file: string): Problem[] {
  const at = (path: readonly PropertyKey[]) => ({ file, line: lineOf(document, lines, path) })
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path)
    return issue.keys.map((key) => {
      const near = known
        .filter((word) => distance(word, key) <= Math.max(2, key.length / 3))
        .sort((a, b) => distance(a, key) - distance(b, key))[0]
      return {
        field: fieldName([...issue.path, key]),
        message: `unknown key ${key}`,
        remedy: near === undefined ? `Remove it; known here: ${known.join(', ')}.` : `Did you mean ${near}?`,
        ...at([...issue.path, key]),
      }
    })
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const best = nearestBranch(issue.errors)
    if (best !== undefined) {
      return best.flatMap((nested) =>
        describe({ ...nested, path: [...issue.path, ...nested.path] }, document, lines, file),
      )
    }
  }
  const value = scalarText(issue.input ?? inputAt(document, issue.path))
  const missing = issue.code !== 'custom' && issue.path.length > 0 && !document.hasIn(issue.path)
  const known = missing ? knownKeys(issue.path) : []
  return [
    {
      field: fieldName(issue.path),
      message: missing
        ? `${fieldName(issue.path)} is missing`
        : `${fieldName(issue.path)} ${requirement(issue)}`,
      remedy: missing
        ? `Add it; it ${requirement(issue)}${known.length === 0 ? '' : ` (${known.join(', ')})`}.`
        : 'Correct the value; see migration.schema.json for what is allowed.',
      ...(value === undefined ? {} : { value }),
      ...at(issue.path),
    },
  ]
}

/** Unions do not report the input of what is inside them; the document has it. */
function inputAt(document: Document, path: readonly PropertyKey[]): unknown {
  const value: unknown = document.getIn(path)
  return value
}

function scalarText(input: unknown): string | undefined {
  return typeof input === 'string' || typeof input === 'number' || typeof input === 'boolean'
    ? String(input).slice(0, 200)
    : undefined
}

function fieldName(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'migration'
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('')
}

/** 1-based line of the nearest node that exists on the path: a missing key is reported where it belongs. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true)
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
    if (Array.isArray(range) && typeof range[0] === 'number') return lines.linePos(range[0]).line
  }
  return 1
}

/** Keys that the schema knows at a path, for “did you mean”. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: unknown = migrationFileSchema
  for (const key of path) schema = stepInto(schema, key)
  const shape = objectForm(unwrap(schema))
  return shape !== undefined && 'shape' in shape ? Object.keys(shape.shape as object) : []
}

function stepInto(schema: unknown, key: PropertyKey): unknown {
  const inner = objectForm(unwrap(schema))
  if (inner === undefined) return undefined
  if ('shape' in inner) return (inner.shape as Record<PropertyKey, unknown>)[key]
  return 'element' in inner ? inner.element : undefined
}

/** Of a union the form that has keys; anything else as it is. */
function objectForm(schema: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  if (schema === undefined || !('options' in schema)) return schema
  return (schema.options as unknown[]).map(unwrap).find((option) => option !== undefined && 'shape' in option)
}

function unwrap(schema: unknown): Record<string, unknown> | undefined {
  let current = schema
  while (
    typeof current === 'object' &&
    current !== null &&
    'unwrap' in current &&
    typeof current.unwrap === 'function' &&
    !('element' in current)
  ) {
    current = (current.unwrap as () => unknown)()
  }
  return typeof current === 'object' && current !== null ? (current as Record<string, unknown>) : undefined
}
