/** The workflow run as the runner's variables tell it; the gate proves these by the OIDC token, never by them alone. */
export interface WorkflowRun {
  readonly repository: string
  readonly runId: string
  readonly attempt: number
  readonly actor: string
  readonly url: string
}

/** Reads GITHUB_*; outside a workflow the run is called `local`. */
export function workflowRun(environment: NodeJS.ProcessEnv = process.env): WorkflowRun {
  const repository = environment.GITHUB_REPOSITORY ?? ''
  const runId = environment.GITHUB_RUN_ID ?? 'local'
  return {
    repository,
    runId,
    attempt: Number(environment.GITHUB_RUN_ATTEMPT ?? '1'),
    actor: environment.GITHUB_ACTOR ?? '',
    url: `${environment.GITHUB_SERVER_URL ?? 'https://github.com'}/${repository}/actions/runs/${runId}`,
  }
}
