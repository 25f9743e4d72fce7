import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineCounter, isMap, isScalar, parseDocument } from 'yaml'
import { z } from 'zod'
import type { Document, Node } from 'yaml'

/** What an action.yml says, as far as the runner acts on it. */
export interface ActionMetadata {
  readonly file: string
  readonly folder: string
  readonly name: string
  readonly inputs: readonly ActionInput[]
  readonly outputs: readonly string[]
  readonly main: string
  readonly post?: string
  /** An expression; `always()` unless the file says otherwise. */
  readonly postIf: string
}

export interface ActionInput {
  readonly name: string
  /** May hold `${{ }}`; absent means the empty string. */
  readonly default?: string
  readonly deprecationMessage?: string
}

/** Something that this runner does not run, where it stands and why. */
export interface Problem {
  readonly path: string
  /** Counts from 1. */
  readonly line: number
  readonly message: string
}

/** An action that this runner refuses, with every reason at once. */
export class UnsupportedAction extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ path, line, message }) => `${path}:${line}: ${message}`).join('\n'))
    this.name = 'UnsupportedAction'
    this.problems = problems
  }
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const schema = z.object({
  name: z.string(),
  inputs: z
    .record(
      z.string(),
      z.object({ default: scalar.nullish(), deprecationMessage: z.string().optional() }).nullable(),
    )
    .nullish(),
  outputs: z.record(z.string(), z.unknown()).nullish(),
  runs: z.object({
    using: z.string(),
    main: z.string().optional(),
    pre: z.string().optional(),
    post: z.string().optional(),
    'post-if': z.string().optional(),
  }),
})

/** Reads action.yml (or action.yaml) in a folder. Throws UnsupportedAction for anything but a node24 action. */
export function readActionMetadata(folder: string): ActionMetadata {
  const file = ['action.yml', 'action.yaml']
    .map((name) => join(folder, name))
    .find((path) => existsSync(path))
  if (file === undefined) {
    throw new UnsupportedAction([
      { path: folder, line: 1, message: 'there is no action.yml or action.yaml here' },
    ])
  }
  const lines = new LineCounter()
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines })
  const lineOf = (...path: string[]): number => lines.linePos(offsetOf(document, path)).line
  const refuse = (problems: readonly Omit<Problem, 'path'>[]): never => {
    throw new UnsupportedAction(problems.map((problem) => ({ path: file, ...problem })))
  }
  if (document.errors.length > 0) {
    refuse(document.errors.map(({ message, pos }) => ({ line: lines.linePos(pos[0]).line, message })))
  }
  const read = schema.safeParse(document.toJS())
  if (!read.success) {
    return refuse(
      read.error.issues.map(({ path, message }) => ({
        line: lineOf(...path.map(String)),
        message: `${path.join('.')}: ${message}`,
      })),
    )
  }
  const { name, inputs, outputs, runs } = read.data
  const problems: Omit<Problem, 'path'>[] = []
  if (runs.using !== 'node24') {
    problems.push({
      line: lineOf('runs', 'using'),
      message: `runs.using: ${runs.using} is not supported, only node24`,
    })
  }
  if (runs.pre !== undefined) {
    problems.push({ line: lineOf('runs', 'pre'), message: 'runs.pre is not supported' })
  }
  const { main } = runs
  if (main === undefined) {
    problems.push({ line: lineOf('runs'), message: 'runs.main is missing' })
  }
  for (const key of ['main', 'post'] as const) {
    const script = runs[key]
    if (script !== undefined && !existsSync(join(folder, script))) {
      problems.push({
        line: lineOf('runs', key),
        message: `runs.${key}: there is no file ${join(folder, script)}`,
      })
    }
  }
  if (problems.length > 0 || main === undefined) return refuse(problems)
  return {
    file,
    folder,
    name,
    inputs: Object.entries(inputs ?? {}).map(([input, given]) => ({
      name: input,
      ...(given?.default === undefined || given.default === null ? {} : { default: given.default }),
      ...(given?.deprecationMessage === undefined ? {} : { deprecationMessage: given.deprecationMessage }),
    })),
    outputs: Object.keys(outputs ?? {}),
    main,
    ...(runs.post === undefined ? {} : { post: runs.post }),
    postIf: runs['post-if'] ?? 'always()',
  }
}

/** Where a key stands in the file; the nearest part of the path that exists. */
function offsetOf(document: Document, path: readonly string[]): number {
  let node: Node | null = document.contents
  let offset = 0
  for (const key of path) {
    if (!isMap(node)) break
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key)
    if (pair === undefined) break
    offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset
    node = pair.value as Node | null
  }
  return offset
}
