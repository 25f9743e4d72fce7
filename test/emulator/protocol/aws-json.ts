import type { AwsError } from './aws-error.ts'

/** The JSON protocols write times as seconds since 1970 with a fraction. */
function encode(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000
  if (Array.isArray(value)) return value.map(encode)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => [name, encode(member)]),
    )
  }
  return value
}

export function encodeJsonResult(result: Record<string, unknown>): string {
  return JSON.stringify(encode(result))
}

/** Body of a refusal; clients find the error's name in `__type`. */
export function encodeJsonError(error: AwsError): string {
  return JSON.stringify({ __type: error.code, message: error.message, ...error.members })
}

/** The input of a JSON request; an empty body counts as an empty object. Throws SyntaxError. */
export function decodeJson(body: string): unknown {
  return body.trim() === '' ? {} : (JSON.parse(body) as unknown)
}
