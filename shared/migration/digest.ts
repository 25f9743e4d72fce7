import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Plan } from './plan.ts'

/** SHA-256 in hex over the canonical JSON (RFC 8785) of a plan. */
export function planDigest(plan: Plan): string {
  return jsonDigest(plan)
}

/** SHA-256 in hex over the canonical JSON (RFC 8785) of any JSON value. */
export function jsonDigest(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('only JSON values have a digest')
  return createHash('sha256').update(text).digest('hex')
}
