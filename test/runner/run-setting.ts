import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import type { InputValues } from './dispatch-inputs.ts'
import type { ContextValue } from './expression.ts'
import type { GitHubServer, RunRecord } from './github-server.ts'
import type { RunEvent } from './run-result.ts'
import type { Workflow } from './workflow.ts'

/** What is the same for every job of one attempt of a run. */
export interface RunSetting {
  readonly workflow: Workflow
  readonly github: GitHubServer
  readonly record: RunRecord
  /** Root of this attempt's folders. */
  readonly folder: string
  readonly artifacts: string
  readonly checkout: string
  /** Folder whose files a checkout step lays over those of the checkout. */
  readonly overlay: string | undefined
  readonly repository: string
  readonly event: RunSource
  readonly inputs: InputValues
  readonly secrets: Readonly<Record<string, string>>
  readonly vars: Readonly<Record<string, string>>
  /** The self-hosted runner's own environment. */
  readonly environment: Readonly<Record<string, string>>
  readonly trackingId: string
  emit(event: RunEvent): void
}

/** The event behind a run and what it says about refs. */
export interface RunSource {
  readonly name: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly ref: string
  readonly sha: string
  readonly headRef: string
  readonly baseRef: string
}

/**
 * Completes an event: the payload GitHub would send, the ref (`refs/heads/main`, for a pull request its merge ref),
 * head and base branches, and the checkout's commit.
 */
export function describeEvent(options: {
  readonly name: string
  readonly payload: Readonly<Record<string, unknown>> | undefined
  readonly inputs: Readonly<Record<string, string>>
  readonly ref: string | undefined
  readonly actor: string
  readonly repository: string
  readonly checkout: string
}): RunSource {
  const { name, repository } = options
  const [owner = '', repositoryName = ''] = repository.split('/')
  const given = options.payload ?? {}
  const request = asObject(given['pull_request'])
  const isRequest = name === 'pull_request'
  const number = [request['number'], given['number']].find((one) => typeof one === 'number') ?? 1
  const ref = options.ref ?? (isRequest ? `refs/pull/${number}/merge` : 'refs/heads/main')
  return {
    name,
    ref,
    sha: commitOf(options.checkout),
    headRef: isRequest ? textIn(request, 'head', 'head') : '',
    baseRef: isRequest ? textIn(request, 'base', 'main') : '',
    payload: {
      repository: {
        name: repositoryName,
        full_name: repository,
        owner: { login: owner },
        private: true,
        default_branch: 'main',
      },
      sender: { login: options.actor },
      ...(name === 'workflow_dispatch' ? { inputs: options.inputs, ref } : {}),
      ...given,
    },
  }
}

/** JSON of an event's payload as the `github.event` context. */
export function payloadContext(payload: Readonly<Record<string, unknown>>): ContextValue {
  return JSON.parse(JSON.stringify(payload)) as ContextValue
}

/** The checkout's commit; outside a git checkout a number made of the path, so that it is never empty. */
function commitOf(checkout: string): string {
  try {
    return execFileSync('git', ['-C', checkout, 'rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return createHash('sha1').update(checkout).digest('hex')
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textIn(request: Readonly<Record<string, unknown>>, side: string, otherwise: string): string {
  const ref = asObject(request[side])['ref']
  return typeof ref === 'string' ? ref : otherwise
}
