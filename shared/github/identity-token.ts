import * as z from 'zod'
import { MigrationError } from '../runtime/errors.ts'

/** Claims of a job's own OIDC token that say where it really runs (GitHub Docs, OpenID Connect reference). */
const claimsSchema = z.looseObject({
  repository: z.string(),
  run_id: z.coerce.string(),
  run_attempt: z.coerce.number().int(),
  environment: z.string().optional(),
  actor: z.string().optional(),
  event_name: z.string().optional(),
  ref: z.string().optional(),
  workflow_ref: z.string().optional(),
})
export type IdentityClaims = z.infer<typeof claimsSchema>

/**
 * Decodes the claims of a token that this job has just fetched from GitHub itself. The signature is not checked here:
 * the token came over TLS from the address that the runner gave to this job alone. Throws `precondition`.
 */
export function identityClaims(token: string): IdentityClaims {
  const [, payload] = token.split('.')
  try {
    return claimsSchema.parse(JSON.parse(Buffer.from(payload ?? '', 'base64url').toString('utf8')))
  } catch (cause) {
    throw new MigrationError('precondition', 'the identity token of this job cannot be read', {
      remedy: 'Give the job `permissions: { id-token: write }`.',
      cause,
    })
  }
}
