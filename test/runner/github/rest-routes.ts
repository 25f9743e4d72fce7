import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { basename, join, sep } from 'node:path'
import { z } from 'zod'
import { allows } from '../permissions.ts'
import { stableId } from './state.ts'
import type { GitHubState, RunRecord, TokenGrant } from './state.ts'
import type { RestShapes } from './rest-shapes.ts'

export interface RestRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: unknown
  readonly token: string | undefined
  /** The request's Accept header. */
  readonly accept: string
}

export interface RestAnswer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

interface Route {
  readonly method: string
  readonly pattern: RegExp
  readonly scopes: readonly string[]
  readonly level: 'read' | 'write'
  handle(request: RestRequest, parts: readonly string[], grant: TokenGrant): RestAnswer
}

/** Inputs come as strings, or as the values that the file's types mean. */
const dispatchBody = z.object({
  ref: z.string().min(1),
  inputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
})
const commentBody = z.object({ body: z.string().min(1).max(65_536) })

/** The part of GitHub's REST API that deployments and status comments need, for one repository. */
export class RestRoutes {
  readonly #state: GitHubState
  readonly #shapes: RestShapes
  readonly #routes: readonly Route[]

  constructor(state: GitHubState, shapes: RestShapes) {
    this.#state = state
    this.#shapes = shapes
    this.#routes = this.#build()
  }

  /** Answers a request; 401 without a known token, 403 where its permissions do not reach, 404 for the unknown. */
  answer(request: RestRequest): RestAnswer {
    if (request.token === undefined) return failure(401, 'Requires authentication')
    const grant = this.#state.tokens.get(request.token)
    if (grant === undefined) return failure(401, 'Bad credentials')
    const team = /^\/orgs\/([^/]+)\/teams\/([^/]+)(?:\/memberships\/([^/]+))?$/u.exec(request.path)
    if (team !== null && request.method === 'GET') return this.#team(team.slice(1), grant)
    const prefix = `/repos/${this.#state.repository}`
    if (
      request.path.toLowerCase() !== prefix.toLowerCase() &&
      !request.path.toLowerCase().startsWith(`${prefix}/`.toLowerCase())
    ) {
      return failure(404, 'Not Found')
    }
    const rest = request.path.slice(prefix.length)
    for (const route of this.#routes) {
      const match = route.method === request.method ? route.pattern.exec(rest) : null
      if (match === null) continue
      if (!mayUse(grant, route)) return failure(403, 'Resource not accessible by integration')
      return route.handle(request, match.slice(1).map(decodeURIComponent), grant)
    }
    return failure(404, 'Not Found')
  }

  #build(): Route[] {
    const shapes = this.#shapes
    const route = (method: string, pattern: string, scopes: string, handle: Route['handle']): Route => ({
      method,
      pattern: new RegExp(`^${pattern.replaceAll('{}', '([^/]+)').replaceAll('{path}', '(.+)')}$`),
      scopes: scopes.split(' '),
      level: method === 'GET' ? 'read' : 'write',
      handle,
    })
    const run = '/actions/runs/{}'
    return [
      route('GET', '', 'metadata', () => ok(shapes.repository())),
      route('GET', '/environments', 'actions', (request) =>
        page(
          request,
          'environments',
          [...this.#state.environments.values()].map((one) => shapes.environment(one)),
        ),
      ),
      route('GET', '/environments/{}', 'actions', (_, [name]) =>
        this.#withEnvironment(name, (settings) => ok(shapes.environment(settings))),
      ),
      route('GET', '/environments/{}/deployment_protection_rules', 'actions', (_, [name]) =>
        this.#withEnvironment(name, () => ok({ total_count: 0, custom_deployment_protection_rules: [] })),
      ),
      route('GET', '/environments/{}/deployment-branch-policies', 'actions', (request, [name]) =>
        this.#withEnvironment(name, (settings) =>
          page(request, 'branch_policies', shapes.branchPolicies(settings)),
        ),
      ),
      route('GET', run, 'actions', (_, [id]) => this.#withRun(id, (record) => ok(shapes.run(record)))),
      route('GET', `${run}/approvals`, 'actions', (_, [id]) =>
        this.#withRun(id, (record) => ok(record.approvals.map((one) => shapes.approval(one)))),
      ),
      route('GET', `${run}/pending_deployments`, 'actions', (_, [id]) =>
        this.#withRun(id, (record) => ok([...record.pending].map((name) => shapes.pendingDeployment(name)))),
      ),
      route('GET', `${run}/jobs`, 'actions', (request, [id]) =>
        this.#withRun(id, (record) =>
          this.#jobs(request, record, request.query.get('filter') === 'all' ? undefined : record.attempt),
        ),
      ),
      route('GET', `${run}/attempts/{}/jobs`, 'actions', (request, [id, attempt]) =>
        this.#withRun(id, (record) => this.#jobs(request, record, Number(attempt))),
      ),
      route('POST', '/actions/workflows/{}/dispatches', 'actions', (request, [file], grant) =>
        this.#dispatch(request, file ?? '', grant),
      ),
      route('GET', '/contents/{path}', 'contents', (request, [path]) => this.#contents(request, path ?? '')),
      route('GET', '/issues/{}/comments', 'issues pull-requests', (request, [issue]) =>
        list(
          request,
          this.#state.comments.filter((one) => one.issue === Number(issue)).map((one) => shapes.comment(one)),
        ),
      ),
      route('POST', '/issues/{}/comments', 'issues pull-requests', (request, [issue], grant) =>
        this.#comment(request, Number(issue), grant),
      ),
      route('GET', '/issues/comments/{}', 'issues pull-requests', (_, [id]) => this.#existingComment(id)),
      route('DELETE', '/issues/comments/{}', 'issues pull-requests', (_, [id]) => this.#deleteComment(id)),
      route('PATCH', '/issues/comments/{}', 'issues pull-requests', (request, [id]) =>
        this.#existingComment(id, request),
      ),
    ]
  }

  #withEnvironment(
    name: string | undefined,
    answer: (settings: NonNullable<ReturnType<GitHubState['environment']>>) => RestAnswer,
  ): RestAnswer {
    const settings = this.#state.environment(name ?? '')
    return settings === undefined ? failure(404, 'Not Found') : answer(settings)
  }

  #withRun(id: string | undefined, answer: (run: RunRecord) => RestAnswer): RestAnswer {
    const run = this.#state.runs.get(id ?? '')
    return run === undefined ? failure(404, 'Not Found') : answer(run)
  }

  #jobs(request: RestRequest, run: RunRecord, attempt: number | undefined): RestAnswer {
    const jobs = run.jobs.filter((job) => attempt === undefined || job.attempt === attempt)
    return page(
      request,
      'jobs',
      jobs.map((job) => this.#shapes.job(run, job)),
    )
  }

  /** A file of the checkout; nothing outside it, whatever links say. */
  #contents(request: RestRequest, path: string): RestAnswer {
    const { checkout } = this.#state
    if (checkout === undefined) return failure(404, 'Not Found')
    try {
      const root = realpathSync(checkout)
      const file = realpathSync(join(root, path))
      if (!file.startsWith(root + sep) || !lstatSync(file).isFile()) return failure(404, 'Not Found')
      const content = readFileSync(file)
      if (request.accept.includes('raw')) return { status: 200, body: content }
      const blob = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
      return ok({
        type: 'file',
        encoding: 'base64',
        size: content.length,
        name: basename(path),
        path,
        sha: blob,
        content: content.toString('base64'),
      })
    } catch {
      return failure(404, 'Not Found')
    }
  }

  /** Notes that a run is to be started, of a workflow that has run here; whoever drives the runner starts it. */
  #dispatch(request: RestRequest, file: string, grant: TokenGrant): RestAnswer {
    const known = [...this.#state.runs.values()].find(
      ({ workflowPath }) => basename(workflowPath) === file || String(stableId(workflowPath)) === file,
    )
    if (known === undefined) return failure(404, 'Not Found')
    const read = dispatchBody.safeParse(request.body)
    if (!read.success) return failure(422, 'Validation Failed')
    const { ref } = read.data
    this.#state.dispatches.push({
      workflowPath: known.workflowPath,
      ref: ref.startsWith('refs/') ? ref : `refs/heads/${ref}`,
      inputs: Object.fromEntries(
        Object.entries(read.data.inputs).map(([name, value]) => [name, String(value)]),
      ),
      actor: grant.login,
    })
    return { status: 204, body: '' }
  }

  /** A team, or somebody's membership of it. A job's token never sees an organization's teams, whatever its permissions. */
  #team(
    [organization = '', slug = '', login]: readonly (string | undefined)[],
    grant: TokenGrant,
  ): RestAnswer {
    if (grant.permissions !== 'all') return failure(403, 'Resource not accessible by integration')
    const members = this.#state.teamMembers.get(`${organization}/${slug}`)
    if (members === undefined) return failure(404, 'Not Found')
    if (login === undefined) return ok(this.#shapes.team(slug))
    return members.includes(login)
      ? ok(this.#shapes.membership(organization, slug, login))
      : failure(404, 'Not Found')
  }

  #comment(request: RestRequest, issue: number, grant: TokenGrant): RestAnswer {
    const read = commentBody.safeParse(request.body)
    if (!read.success) return failure(422, 'Validation Failed')
    const now = new Date().toISOString()
    const comment = {
      id: this.#state.nextId(),
      issue,
      user: grant.login,
      body: read.data.body,
      createdAt: now,
      updatedAt: now,
    }
    this.#state.comments.push(comment)
    return { status: 201, body: this.#shapes.comment(comment) }
  }

  #deleteComment(id: string | undefined): RestAnswer {
    const place = this.#state.comments.findIndex((one) => one.id === Number(id))
    if (place === -1) return failure(404, 'Not Found')
    this.#state.comments.splice(place, 1)
    return { status: 204, body: undefined }
  }

  #existingComment(id: string | undefined, change?: RestRequest): RestAnswer {
    const comment = this.#state.comments.find((one) => one.id === Number(id))
    if (comment === undefined) return failure(404, 'Not Found')
    if (change !== undefined) {
      const read = commentBody.safeParse(change.body)
      if (!read.success) return failure(422, 'Validation Failed')
      comment.body = read.data.body
      comment.updatedAt = new Date().toISOString()
    }
    return ok(this.#shapes.comment(comment))
  }
}

/** An answer in GitHub's form for errors. */
export function failure(status: number, message: string): RestAnswer {
  return {
    status,
    body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
  }
}

function ok(body: unknown): RestAnswer {
  return { status: 200, body }
}

function mayUse(grant: TokenGrant, route: Route): boolean {
  const { permissions } = grant
  return permissions === 'all' || route.scopes.some((scope) => allows(permissions, scope, route.level))
}

function page(request: RestRequest, key: string, items: readonly unknown[]): RestAnswer {
  const answer = list(request, items)
  return { ...answer, body: { total_count: items.length, [key]: answer.body } }
}

/** One page of a list with GitHub's Link header; 30 items unless asked otherwise, at most 100. */
function list(request: RestRequest, items: readonly unknown[]): RestAnswer {
  const perPage = Math.min(100, Math.max(1, Number(request.query.get('per_page') ?? 30) || 30))
  const current = Math.max(1, Number(request.query.get('page') ?? 1) || 1)
  const last = Math.max(1, Math.ceil(items.length / perPage))
  const link = (number: number, rel: string): string => {
    const query = new URLSearchParams(request.query)
    query.set('page', String(number))
    return `<${request.path}?${query.toString()}>; rel="${rel}"`
  }
  const links = [
    ...(current > 1 ? [link(current - 1, 'prev'), link(1, 'first')] : []),
    ...(current < last ? [link(current + 1, 'next'), link(last, 'last')] : []),
  ]
  return {
    status: 200,
    body: items.slice((current - 1) * perPage, current * perPage),
    ...(links.length === 0 ? {} : { headers: { link: links.join(', ') } }),
  }
}
