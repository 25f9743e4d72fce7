import { stableId } from './github/state.ts'
import { payloadContext } from './run-setting.ts'
import type { ContextValue } from './expression.ts'
import type { RunSetting } from './run-setting.ts'

/** What the `github` context holds besides the run: the job and where it works. */
export interface JobPlace {
  readonly jobId: string
  readonly token: string
  readonly workspace: string
  readonly eventFile: string
}

/** The `github` context of a job, or of the run as a whole where there is no job yet. */
export function githubContext(setting: RunSetting, place?: JobPlace): Record<string, ContextValue> {
  const { github, record, event, repository, workflow } = setting
  const owner = repository.split('/')[0] ?? ''
  return {
    actor: record.actor,
    actor_id: String(stableId(record.actor)),
    api_url: github.url,
    base_ref: event.baseRef,
    event: payloadContext(event.payload),
    event_name: event.name,
    graphql_url: `${github.url}/graphql`,
    head_ref: event.headRef,
    ref: event.ref,
    ref_name: event.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_protected: event.ref === 'refs/heads/main',
    ref_type: event.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository,
    repository_id: String(stableId(repository)),
    repository_owner: owner,
    repository_owner_id: String(stableId(owner)),
    repositoryUrl: `git://127.0.0.1/${repository}.git`,
    retention_days: '90',
    run_attempt: String(record.attempt),
    run_id: record.id,
    run_number: String(record.number),
    secret_source: 'Actions',
    server_url: github.url,
    sha: event.sha,
    triggering_actor: record.triggeringActor,
    workflow: workflow.name,
    workflow_ref: `${repository}/${workflow.path}@${event.ref}`,
    workflow_sha: event.sha,
    ...(place === undefined
      ? {}
      : { job: place.jobId, token: place.token, workspace: place.workspace, event_path: place.eventFile }),
  }
}

/** Keys of the context that every process also finds as GITHUB_* (actions/runner `GitHubContext.cs`). */
const exported = new Set([
  'action',
  'action_ref',
  'action_repository',
  'actor',
  'actor_id',
  'api_url',
  'base_ref',
  'event_name',
  'event_path',
  'graphql_url',
  'head_ref',
  'job',
  'ref',
  'ref_name',
  'ref_protected',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'retention_days',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'workspace',
])

/** The GITHUB_* variables of a context. */
export function githubVariables(context: Readonly<Record<string, ContextValue>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(context).flatMap(([key, value]) =>
      exported.has(key) && (typeof value === 'string' || typeof value === 'boolean')
        ? [[`GITHUB_${key.toUpperCase()}`, String(value)]]
        : [],
    ),
  )
}
