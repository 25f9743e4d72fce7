import * as z from 'zod'
import { given } from './contradictions.ts'
import { dmsLogin } from './dms-login-schema.ts'

const { endpoint: _, ...reverseLogin } = dmsLogin

/**
 * How DMS carries rows back after a cutover: with logins of its own, since each cutover locks out the ones that wrote
 * before it. No `endpoint`: the endpoints of the way back name a slot that only the cutover knows.
 */
export const reverseLoginSchema = z
  .strictObject({
    source: z
      .strictObject(reverseLogin)
      .describe('Login on the source with which reverse tasks write there after a cutover.'),
    target: z
      .strictObject(reverseLogin)
      .describe('Login on the target with which reverse tasks read there after a cutover.'),
  })
  .describe('Logins of the way back. Needed unless `cutover: { fall-back: false }`.')

/** What the way back demands of a file, over its parts. Pure; `file` may be wrong in single values. */
export function* reverseContradictions(file: unknown): Generator<{ path: string; message: string }> {
  if (given(file, 'dms.reverse') === undefined) {
    // Without `dms` at all its absence says enough.
    if (given(file, 'cutover.fall-back') !== false && given(file, 'dms') !== undefined)
      yield {
        path: 'dms.reverse',
        message:
          'is needed for the way back: a login of DMS on each side, for reverse tasks alone; or write `cutover: { fall-back: false }`, and a cutover is for good',
      }
    return
  }
  for (const side of ['source', 'target'] as const) {
    const secret = given(file, `dms.reverse.${side}.secret`)
    const taken = [`dms.${side}.secret`, `${side}.secret`].find(
      (path) => secret !== undefined && given(file, path) === secret,
    )
    if (taken !== undefined)
      yield {
        path: `dms.reverse.${side}.secret`,
        message: `must be another one than \`${taken}\`: a cutover locks out whoever carried rows before it, and nobody else`,
      }
  }
}
