import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { stableId } from './state.ts'
import type { RunRecord } from './state.ts'

/** The RSA key with which the local GitHub signs OIDC tokens, and its public half as a JWK. */
export interface SigningKey {
  readonly id: string
  readonly privateKey: KeyObject
  readonly jwk: JsonWebKey
}

/** The job that asks for a token; none of this can be chosen by the job itself. */
export interface TokenSubject {
  readonly run: RunRecord
  readonly attempt: number
  readonly repository: string
  readonly environment: string | undefined
  readonly headRef: string
  readonly baseRef: string
}

/** Tokens are good for five minutes, as GitHub's are. */
const lifetimeSeconds = 300

/** Makes a new RSA key. */
export function createSigningKey(): SigningKey {
  const id = randomUUID()
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    id,
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid: id, use: 'sig', alg: 'RS256' },
  }
}

/**
 * The claims of GitHub's OIDC tokens. `sub` names the environment if the job has one, else the pull request or the ref.
 * Source: docs.github.com "OpenID Connect reference".
 */
export function claimsOf(
  subject: TokenSubject,
  issuer: string,
  audience: string,
  now: Date,
): Record<string, string | number> {
  const { run, repository, environment } = subject
  const owner = repository.split('/')[0] ?? ''
  const workflowRef = `${repository}/${run.workflowPath}@${run.ref}`
  const issuedAt = Math.floor(now.getTime() / 1000)
  return {
    iss: issuer,
    aud: audience,
    sub: `repo:${repository}:${subjectOf(run, environment)}`,
    jti: randomUUID(),
    iat: issuedAt,
    nbf: issuedAt - 600,
    exp: issuedAt + lifetimeSeconds,
    repository,
    repository_id: String(stableId(repository)),
    repository_owner: owner,
    repository_owner_id: String(stableId(owner)),
    repository_visibility: 'private',
    actor: run.actor,
    actor_id: String(stableId(run.actor)),
    run_id: run.id,
    run_number: String(run.number),
    run_attempt: String(subject.attempt),
    event_name: run.event,
    ref: run.ref,
    ref_type: run.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: String(run.ref === 'refs/heads/main'),
    head_ref: subject.headRef,
    base_ref: subject.baseRef,
    sha: run.sha,
    workflow: run.workflowName,
    workflow_ref: workflowRef,
    workflow_sha: run.sha,
    job_workflow_ref: workflowRef,
    job_workflow_sha: run.sha,
    runner_environment: 'self-hosted',
    ...(environment === undefined ? {} : { environment, environment_node_id: `EN_${stableId(environment)}` }),
  }
}

/** Signs claims as a JWT with RS256. */
export function signToken(key: SigningKey, claims: Readonly<Record<string, string | number>>): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const content = `${encode({ typ: 'JWT', alg: 'RS256', kid: key.id })}.${encode(claims)}`
  return `${content}.${sign('RSA-SHA256', Buffer.from(content), key.privateKey).toString('base64url')}`
}

/** The document at `/.well-known/openid-configuration`. */
export function openIdConfiguration(issuer: string): Record<string, unknown> {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks`,
    subject_types_supported: ['public', 'pairwise'],
    response_types_supported: ['id_token'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
  }
}

function subjectOf(run: RunRecord, environment: string | undefined): string {
  if (environment !== undefined) return `environment:${environment.replaceAll(':', '%3A')}`
  return run.event === 'pull_request' ? 'pull_request' : `ref:${run.ref}`
}
