import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { entriesOf, entryOf, textOf, textsOf } from './template-value.ts'

/** An input of `on.workflow_dispatch.inputs`. */
export interface DispatchInput {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'choice' | 'number' | 'environment'
  readonly required: boolean
  readonly default: string | undefined
  readonly options: readonly string[]
}

/** Inputs that a dispatch must not be started with; GitHub answers 422. */
export class InvalidInputs extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`the workflow was not dispatched: ${problems.join('; ')}`)
    this.name = 'InvalidInputs'
    this.problems = problems
  }
}

/** Reads the inputs that a file declares, in its order. */
export function dispatchInputsOf(dispatch: TemplateToken | undefined): DispatchInput[] {
  return entriesOf(entryOf(dispatch, 'inputs')).map(({ name, value }) => {
    const given = entryOf(value, 'default')
    return {
      name,
      type: typeOf(textOf(entryOf(value, 'type'))),
      required: textOf(entryOf(value, 'required')) === 'true',
      default: given === undefined ? undefined : textOf(given),
      options: textsOf(entryOf(value, 'options')),
    }
  })
}

/** Inputs as `inputs` (typed) and as `github.event.inputs` (strings) show them. */
export interface InputValues {
  readonly typed: Record<string, string | number | boolean>
  readonly text: Record<string, string>
}

/**
 * Checks what a dispatch was given against what the file declares and fills in defaults. Throws InvalidInputs with
 * every problem at once.
 */
export function settleInputs(
  declared: readonly DispatchInput[],
  given: Readonly<Record<string, string>>,
): InputValues {
  const names = new Set(declared.map(({ name }) => name))
  const problems = Object.keys(given)
    .filter((name) => !names.has(name))
    .map((name) => `unexpected input '${name}'`)
  const values: InputValues = { typed: {}, text: {} }
  for (const input of declared) {
    const text = given[input.name] ?? input.default ?? (input.type === 'boolean' ? 'false' : '')
    const problem = judge(input, text)
    if (problem !== undefined) problems.push(problem)
    values.text[input.name] = text
    values.typed[input.name] = typed(input, text)
  }
  if (problems.length > 0) throw new InvalidInputs(problems)
  return values
}

function judge(input: DispatchInput, text: string): string | undefined {
  if (text === '') return input.required ? `required input '${input.name}' not provided` : undefined
  if (input.type === 'boolean' && text !== 'true' && text !== 'false') {
    return `input '${input.name}' is no boolean: '${text}'`
  }
  if (input.type === 'number' && Number.isNaN(Number(text)))
    return `input '${input.name}' is no number: '${text}'`
  if (input.type === 'choice' && !input.options.includes(text)) {
    return `input '${input.name}' must be one of ${input.options.join(', ')}: '${text}'`
  }
  return undefined
}

function typed(input: DispatchInput, text: string): string | number | boolean {
  if (input.type === 'boolean') return text === 'true'
  return input.type === 'number' && text !== '' ? Number(text) : text
}

function typeOf(value: string): DispatchInput['type'] {
  const types = ['boolean', 'choice', 'number', 'environment'] as const
  return types.find((type) => type === value) ?? 'string'
}
