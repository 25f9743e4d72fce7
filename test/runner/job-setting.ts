import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { githubContext } from './github-context.ts'
import { createRunnerFolders, machineEnvironment } from './runner-environment.ts'
import { SecretMasker } from './secret-masker.ts'
import type { ContextValue } from './expression.ts'
import type { Permissions } from './permissions.ts'
import type { JobRecord } from './github-server.ts'
import type { RunnerFolders } from './runner-environment.ts'
import type { RunSetting } from './run-setting.ts'
import type { WorkflowJob } from './workflow.ts'

/** What one job of a run has to itself: folders, tokens, contexts, masks. */
export interface JobSetting {
  readonly run: RunSetting
  readonly job: WorkflowJob
  readonly record: JobRecord
  readonly folders: RunnerFolders
  readonly workspace: string
  readonly logs: string
  readonly masker: SecretMasker
  readonly debug: boolean
  /** Contexts that stay as they are while the job runs. */
  readonly contexts: Readonly<Record<string, ContextValue>>
  /** Variables of every process of the job, except what the workflow file itself sets. */
  readonly variables: Readonly<Record<string, string>>
  /** Takes the job's tokens back. */
  release(): void
}

export interface JobStart {
  readonly run: RunSetting
  readonly job: WorkflowJob
  readonly record: JobRecord
  readonly permissions: Permissions
  readonly environment: string | undefined
  readonly needs: Readonly<Record<string, ContextValue>>
}

/** Prepares a job: an empty workspace, its folders, a token with the job's permissions, OIDC if it may have it. */
export async function prepareJob(start: JobStart): Promise<JobSetting> {
  const { run, job, permissions, environment } = start
  const folder = join(run.folder, 'jobs', job.id)
  await rm(folder, { recursive: true, force: true })
  const name = run.repository.split('/')[1] ?? 'repository'
  const workspace = join(folder, name, name)
  const logs = join(run.folder, 'logs', job.id)
  await Promise.all([mkdir(workspace, { recursive: true }), mkdir(logs, { recursive: true })])
  const folders = await createRunnerFolders(folder, run.event.payload)
  const { state } = run.github
  const token = state.issueToken('ghs', { login: 'github-actions[bot]', permissions })
  const oidc =
    permissions['id-token'] === 'write'
      ? run.github.grantIdToken({
          run: run.record,
          attempt: run.record.attempt,
          repository: run.repository,
          environment,
          headRef: run.event.headRef,
          baseRef: run.event.baseRef,
        })
      : undefined
  const masker = new SecretMasker()
  for (const secret of [...Object.values(run.secrets), token, oidc?.token ?? '']) masker.addWithLines(secret)
  const debug = [run.secrets, run.vars].some((values) => values['ACTIONS_STEP_DEBUG'] === 'true')
  const machine: Record<string, string> = {
    ...machineEnvironment(folders),
    RUNNER_TRACKING_ID: `${run.trackingId}_${job.id}`,
  }
  return {
    run,
    job,
    record: start.record,
    folders,
    workspace,
    logs,
    masker,
    debug,
    contexts: {
      github: githubContext(run, { jobId: job.id, token, workspace, eventFile: folders.eventFile }),
      vars: run.vars,
      secrets: { ...run.secrets, GITHUB_TOKEN: token },
      inputs: run.inputs.typed,
      needs: start.needs,
      runner: {
        os: machine['RUNNER_OS'] ?? '',
        arch: machine['RUNNER_ARCH'] ?? '',
        name: machine['RUNNER_NAME'] ?? '',
        environment: machine['RUNNER_ENVIRONMENT'] ?? '',
        temp: folders.temp,
        tool_cache: folders.toolCache,
        workspace: dirname(workspace),
        debug: debug ? '1' : '',
      },
      strategy: { 'fail-fast': true, 'job-index': 0, 'job-total': 1, 'max-parallel': 1 },
      matrix: {},
    },
    variables: {
      ...machine,
      ...run.environment,
      RUNNER_WORKSPACE: dirname(workspace),
      ...(debug ? { RUNNER_DEBUG: '1' } : {}),
      ...(oidc === undefined
        ? {}
        : { ACTIONS_ID_TOKEN_REQUEST_URL: oidc.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: oidc.token }),
    },
    release: () => {
      state.tokens.delete(token)
      oidc?.revoke()
    },
  }
}
