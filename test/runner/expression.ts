import { Evaluator, Lexer, Parser, data } from '@actions/expressions'
import { TokenType } from '@actions/expressions/lexer'
import type { Token } from '@actions/expressions/lexer'
import type { FunctionDefinition } from '@actions/expressions/funcs/info'

/** A value of GitHub's expression language as JSON has it. */
export type ContextValue =
  | string
  | number
  | boolean
  | null
  | readonly ContextValue[]
  | { readonly [key: string]: ContextValue | undefined }

/** Everything an expression can see: contexts by name, and functions beyond the built-in ones. */
export interface ExpressionScope {
  readonly contexts: Readonly<Record<string, ContextValue>>
  readonly functions?: readonly FunctionDefinition[]
}

/** Every context that GitHub knows; one that a place does not offer is empty there. */
export const contextNames = [
  'github',
  'env',
  'vars',
  'secrets',
  'inputs',
  'needs',
  'steps',
  'job',
  'runner',
  'matrix',
  'strategy',
] as const

/** Evaluates one expression (without its `${{ }}`). Throws GitHub's own message if it is wrong. */
export function evaluate(expression: string, scope: ExpressionScope): data.ExpressionData {
  const functions = new Map((scope.functions ?? []).map((one) => [one.name.toLowerCase(), one]))
  const tree = new Parser(lex(expression), [...contextNames], [...functions.values()]).parse()
  const contexts = new data.Dictionary()
  for (const name of contextNames) contexts.add(name, toData(scope.contexts[name] ?? {}))
  return new Evaluator(tree, contexts, functions).evaluate()
}

/** The engine's lexer undoes only the first `''` of a string (0.3.61); every one is a quote. */
function lex(expression: string): Token[] {
  return new Lexer(expression)
    .lex()
    .tokens.map((token) =>
      token.type === TokenType.STRING
        ? { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") }
        : token,
    )
}

/** Evaluates to the string that GitHub would put in its place; objects and arrays become `Object` and `Array`. */
export function evaluateString(expression: string, scope: ExpressionScope): string {
  return evaluate(expression, scope).coerceString()
}

/** Evaluates to a condition by GitHub's rules: false, 0, '', NaN and null are false. */
export function evaluateCondition(expression: string, scope: ExpressionScope): boolean {
  const value = evaluate(expression, scope)
  if (value.kind === data.Kind.Null) return false
  if (value.kind === data.Kind.Number) return value.value !== 0 && !Number.isNaN(value.value)
  return value.kind === data.Kind.Boolean
    ? value.value
    : value.kind !== data.Kind.String || value.value !== ''
}

/** Replaces every `${{ expression }}` in a text; quotes inside an expression may hold braces. */
export function evaluateTemplate(text: string, scope: ExpressionScope): string {
  let result = ''
  let at = 0
  for (let open = text.indexOf('${{'); open >= 0; open = text.indexOf('${{', at)) {
    const close = endOfExpression(text, open + 3)
    if (close < 0) throw new Error(`the expression is not closed: ${text.slice(open)}`)
    result += text.slice(at, open) + evaluateString(text.slice(open + 3, close).trim(), scope)
    at = close + 2
  }
  return result + text.slice(at)
}

function endOfExpression(text: string, from: number): number {
  let quoted = false
  for (let at = from; at < text.length; at++) {
    if (text[at] === "'") quoted = !quoted
    else if (!quoted && text.startsWith('}}', at)) return at
  }
  return -1
}

/** Turns JSON into the engine's own values. */
export function toData(value: ContextValue): data.ExpressionData {
  if (value === null) return new data.Null()
  if (typeof value === 'string') return new data.StringData(value)
  if (typeof value === 'number') return new data.NumberData(value)
  if (typeof value === 'boolean') return new data.BooleanData(value)
  if (isList(value)) return new data.Array(...value.map(toData))
  const pairs = Object.entries(value).flatMap(([key, one]) =>
    one === undefined ? [] : [{ key, value: toData(one) }],
  )
  return new data.Dictionary(...pairs)
}

function isList(value: ContextValue): value is readonly ContextValue[] {
  return Array.isArray(value)
}
