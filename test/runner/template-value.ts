import type { MappingToken } from '@actions/workflow-parser/templates/tokens/mapping-token'
import type { ScalarToken } from '@actions/workflow-parser/templates/tokens/scalar-token'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { evaluateCondition, evaluateString, toData } from './expression.ts'
import { isBasicExpression, isMapping, isSequence } from './github-parser.ts'
import type { ConcurrencyRequest } from './concurrency-groups.ts'
import type { ContextValue, ExpressionScope } from './expression.ts'

/** A scalar of the workflow file with its expressions evaluated, as the string that GitHub makes of it. */
export function stringOf(token: TemplateToken | undefined, scope: ExpressionScope): string {
  if (token === undefined) return ''
  if (isBasicExpression(token)) return evaluateString(token.expression, scope)
  return toData(literalOf(token)).coerceString()
}

/** A mapping of strings (`env`, `with`, `outputs`), each value evaluated in the order of the file. */
export function stringsOf(token: MappingToken | undefined, scope: ExpressionScope): Record<string, string> {
  const values: Record<string, string> = {}
  for (const { name, value } of entriesOf(token)) values[name] = stringOf(value, scope)
  return values
}

/** A boolean key such as `continue-on-error`; absent means false. */
export function booleanOf(token: TemplateToken | undefined, scope: ExpressionScope): boolean {
  if (token === undefined) return false
  if (isBasicExpression(token)) return evaluateCondition(token.expression, scope)
  return literalOf(token) === true
}

/** A number key such as `timeout-minutes`; absent means undefined. Throws when the value is no number. */
export function numberOf(token: TemplateToken | undefined, scope: ExpressionScope): number | undefined {
  if (token === undefined) return undefined
  const text = stringOf(token, scope)
  const value = Number(text)
  if (text === '' || Number.isNaN(value)) throw new Error(`expected a number, found '${text}'`)
  return value
}

/** The literal value of a token without expressions: scalars, lists and mappings as JSON has them. */
export function literalOf(token: TemplateToken): ContextValue {
  if (isSequence(token)) return [...token].map(literalOf)
  if (isMapping(token))
    return Object.fromEntries(entriesOf(token).map(({ name, value }) => [name, literalOf(value)]))
  if (isBasicExpression(token)) return token.source ?? token.toString()
  const json = token.toJSON()
  return typeof json === 'object' ? null : (json ?? null)
}

/** The literal text of a scalar; the empty string for anything else. */
export function textOf(token: TemplateToken | undefined): string {
  const value = token === undefined ? null : literalOf(token)
  return value === null || typeof value === 'object' ? '' : String(value)
}

/** The literal texts of a list, or of one scalar that stands for a list of one. */
export function textsOf(token: TemplateToken | undefined): string[] {
  if (token === undefined) return []
  return isSequence(token) ? [...token].map(textOf) : [textOf(token)]
}

/** One entry of a mapping; `key` is there for its position in the file. */
export interface Entry {
  readonly name: string
  readonly key: ScalarToken
  readonly value: TemplateToken
}

/** The entries of a mapping in the order of the file; none when the token is no mapping. */
export function entriesOf(token: TemplateToken | undefined): Entry[] {
  if (token === undefined || !isMapping(token)) return []
  return [...token].map(({ key, value }) => ({ name: key.toString(), key, value }))
}

/** The items of a list; none when the token is no list. */
export function itemsOf(token: TemplateToken | undefined): TemplateToken[] {
  return token !== undefined && isSequence(token) ? [...token] : []
}

/** A mapping's value by key; undefined when the token is no mapping or lacks the key. */
export function entryOf(token: TemplateToken | undefined, key: string): TemplateToken | undefined {
  return token !== undefined && isMapping(token) ? token.find(key) : undefined
}

/** The token if it is a mapping. */
export function mappingOf(token: TemplateToken | undefined): MappingToken | undefined {
  return token !== undefined && isMapping(token) ? token : undefined
}

/** A `concurrency:` key with its expressions evaluated; undefined where there is none or its group is empty. */
export function concurrencyOf(
  token: TemplateToken | undefined,
  scope: ExpressionScope,
): ConcurrencyRequest | undefined {
  if (token === undefined) return undefined
  const group = stringOf(entryOf(token, 'group') ?? token, scope)
  if (group === '') return undefined
  return {
    group,
    cancelInProgress: booleanOf(entryOf(token, 'cancel-in-progress'), scope),
    queue: textOf(entryOf(token, 'queue')) === 'max' ? 'max' : 'single',
  }
}
