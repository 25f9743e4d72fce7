import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { randomBytes } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { ConcurrencyGroups } from './concurrency-groups.ts'
import { claimsOf, createSigningKey, openIdConfiguration, signToken } from './github/oidc.ts'
import { RestRoutes, failure } from './github/rest-routes.ts'
import { RestShapes } from './github/rest-shapes.ts'
import { GitHubState } from './github/state.ts'
import type { SigningKey, TokenSubject } from './github/oidc.ts'
import type { RestAnswer } from './github/rest-routes.ts'
import type { EnvironmentSettings } from './github/state.ts'

export type { Approval, Dispatch, EnvironmentSettings, JobRecord, RunRecord } from './github/state.ts'

export interface GitHubServerOptions {
  /** `owner/name`. */
  readonly repository: string
  readonly environments: readonly EnvironmentSettings[]
  readonly port?: number
}

/** A running local GitHub: REST for one repository, and OIDC. Listens on the loopback address only. */
export interface GitHubServer {
  /** Root of the REST API (GITHUB_API_URL) and the OIDC issuer. */
  readonly url: string
  readonly repository: string
  /** A token of the repository's administrator, with every permission. */
  readonly token: string
  readonly jwks: { readonly keys: readonly JsonWebKey[] }
  readonly signingKey: SigningKey
  /** Environments, runs with their attempts, jobs and approvals, comments. */
  readonly state: GitHubState
  readonly concurrency: ConcurrencyGroups
  /** What a job with `id-token: write` asks a token with; good until `revoke`. */
  grantIdToken(subject: TokenSubject): { readonly url: string; readonly token: string; revoke(): void }
  close(): Promise<void>
}

/** Starts the server on a free port, or the given one. */
export async function startGitHubServer(options: GitHubServerOptions): Promise<GitHubServer> {
  const state = new GitHubState(options.repository, options.environments)
  const key = createSigningKey()
  const subjects = new Map<string, TokenSubject>()
  let routes: RestRoutes | undefined
  let issuer = ''
  const server = createServer((request, response) => {
    void respond(request, response, async (url) => {
      if (url.pathname === '/.well-known/openid-configuration')
        return { status: 200, body: openIdConfiguration(issuer) }
      if (url.pathname === '/.well-known/jwks') return { status: 200, body: { keys: [key.jwk] } }
      const token = bearer(request)
      if (url.pathname === idTokenPath) return idToken(url, token)
      const body = await readBody(request).catch(() => unreadable)
      if (body === unreadable) return failure(400, 'Problems parsing JSON')
      if (routes === undefined) return failure(503, 'not ready')
      const { method = 'GET' } = request
      return routes.answer({
        method,
        path: url.pathname,
        query: url.searchParams,
        body,
        token,
        accept: request.headers.accept ?? '',
      })
    })
  })
  const idToken = (url: URL, token: string | undefined): RestAnswer => {
    const subject = subjects.get(token ?? '')
    if (subject === undefined) return failure(401, 'Bad credentials')
    const audience = url.searchParams.get('audience') || `${issuer}/${state.owner}`
    return { status: 200, body: { value: signToken(key, claimsOf(subject, issuer, audience, new Date())) } }
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  issuer = `http://127.0.0.1:${address.port}`
  routes = new RestRoutes(state, new RestShapes(state, issuer))
  return {
    url: issuer,
    repository: options.repository,
    token: state.issueToken('ghp', { login: state.owner, permissions: 'all' }),
    jwks: { keys: [key.jwk] },
    signingKey: key,
    state,
    concurrency: new ConcurrencyGroups(),
    grantIdToken: (subject) => {
      const token = randomBytes(32).toString('base64url')
      subjects.set(token, subject)
      return {
        url: `${issuer}${idTokenPath}?api-version=2.0`,
        token,
        revoke: () => void subjects.delete(token),
      }
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)))
        server.closeAllConnections()
      }),
  }
}

const unreadable = Symbol('unreadable')
const idTokenPath = '/_services/idtoken'

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (url: URL) => Promise<RestAnswer>,
): Promise<void> {
  const { status, body, headers } = await answer(new URL(request.url ?? '/', 'http://127.0.0.1')).catch(
    (error: unknown) => failure(500, error instanceof Error ? error.message : 'unknown error'),
  )
  const host = `http://${request.headers.host ?? ''}`
  const raw = Buffer.isBuffer(body)
  response.writeHead(status, {
    'content-type': raw ? 'application/vnd.github.raw+json' : 'application/json; charset=utf-8',
    ...(headers?.['link'] === undefined ? headers : { link: headers['link'].replaceAll('</', `<${host}/`) }),
  })
  response.end(status === 204 ? undefined : raw ? body : JSON.stringify(body))
}

function bearer(request: IncomingMessage): string | undefined {
  return /^(?:bearer|token) +(?<token>\S+)$/i.exec(request.headers.authorization ?? '')?.groups?.['token']
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  return text === '' ? undefined : JSON.parse(text)
}
