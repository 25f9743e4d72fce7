import type { components } from '@octokit/openapi-types'
import { stableId } from './state.ts'
import type {
  Approval,
  EnvironmentSettings,
  GitHubState,
  IssueComment,
  JobRecord,
  RunRecord,
} from './state.ts'

type Schemas = components['schemas']

/** Builds answers in the shapes of GitHub's REST description; `url` is the server's own root. */
export class RestShapes {
  readonly #state: GitHubState
  readonly #url: string
  readonly #api: string

  constructor(state: GitHubState, url: string) {
    this.#state = state
    this.#url = url
    this.#api = `${url}/repos/${state.repository}`
  }

  user(login: string): Schemas['simple-user'] {
    const api = `${this.#url}/users/${login}`
    return {
      login,
      id: stableId(login),
      node_id: `U_${stableId(login)}`,
      avatar_url: '',
      gravatar_id: '',
      url: api,
      html_url: `${this.#url}/${login}`,
      followers_url: `${api}/followers`,
      following_url: `${api}/following{/other_user}`,
      gists_url: `${api}/gists{/gist_id}`,
      starred_url: `${api}/starred{/owner}{/repo}`,
      subscriptions_url: `${api}/subscriptions`,
      organizations_url: `${api}/orgs`,
      repos_url: `${api}/repos`,
      events_url: `${api}/events{/privacy}`,
      received_events_url: `${api}/received_events`,
      type: login.endsWith('[bot]') ? 'Bot' : 'User',
      site_admin: false,
    }
  }

  repository(): Pick<
    Schemas['minimal-repository'],
    | 'id'
    | 'node_id'
    | 'name'
    | 'full_name'
    | 'owner'
    | 'private'
    | 'html_url'
    | 'url'
    | 'default_branch'
    | 'visibility'
    | 'fork'
  > {
    const { repository, owner } = this.#state
    return {
      id: stableId(repository),
      node_id: `R_${stableId(repository)}`,
      name: repository.split('/')[1] ?? '',
      full_name: repository,
      owner: this.user(owner),
      private: true,
      html_url: `${this.#url}/${repository}`,
      url: this.#api,
      default_branch: 'main',
      visibility: 'private',
      fork: false,
    }
  }

  environment(settings: EnvironmentSettings): Schemas['environment'] & { can_admins_bypass: boolean } {
    const id = stableId(settings.name.toLowerCase())
    const rule = (type: string): { id: number; node_id: string; type: string } => ({
      id: stableId(`${settings.name}/${type}`),
      node_id: `GA_${stableId(`${settings.name}/${type}`)}`,
      type,
    })
    const { branches } = settings
    const reviewers = this.reviewers(settings)
    const branchPolicy = {
      protected_branches: branches === 'protected',
      custom_branch_policies: branches !== 'protected',
    }
    return {
      id,
      node_id: `EN_${id}`,
      name: settings.name,
      url: `${this.#api}/environments/${encodeURIComponent(settings.name)}`,
      html_url: `${this.#url}/${this.#state.repository}/deployments/activity_log?environments_filter=${encodeURIComponent(settings.name)}`,
      created_at: this.#state.createdAt,
      updated_at: this.#state.createdAt,
      can_admins_bypass: settings.canAdminsBypass ?? true,
      protection_rules: [
        ...(settings.waitTimerMinutes === undefined
          ? []
          : [{ ...rule('wait_timer'), wait_timer: settings.waitTimerMinutes }]),
        ...(reviewers.length === 0
          ? []
          : [
              {
                ...rule('required_reviewers'),
                prevent_self_review: settings.preventSelfReview ?? false,
                reviewers,
              },
            ]),
        ...(branches === undefined ? [] : [rule('branch_policy')]),
      ],
      deployment_branch_policy: branches === undefined ? null : branchPolicy,
    }
  }

  /** The name patterns of a custom branch policy. */
  branchPolicies(settings: EnvironmentSettings): Schemas['deployment-branch-policy'][] {
    if (settings.branches === undefined || settings.branches === 'protected') return []
    return settings.branches.map((name) => {
      const id = stableId(`${settings.name}/${name}`)
      return { id, node_id: `DBP_${id}`, name, type: 'branch' }
    })
  }

  approval(approval: Approval): Schemas['environment-approvals'] {
    const { id, node_id, name, url, html_url, created_at, updated_at } = this.environment(
      this.#state.ensureEnvironment(approval.environment),
    )
    return {
      state: approval.state,
      comment: approval.comment,
      user: this.user(approval.user),
      environments: [{ id: Number(id), node_id, name, url, html_url, created_at, updated_at }],
    }
  }

  pendingDeployment(environment: string): Schemas['pending-deployment'] {
    const settings = this.#state.ensureEnvironment(environment)
    const { id, node_id, name, url, html_url } = this.environment(settings)
    return {
      environment: { id, node_id, name, url, html_url },
      wait_timer: settings.waitTimerMinutes ?? 0,
      wait_timer_started_at: null,
      current_user_can_approve: false,
      reviewers: this.reviewers(settings),
    }
  }

  run(run: RunRecord): Omit<Schemas['workflow-run'], 'repository' | 'head_repository'> & {
    repository: ReturnType<RestShapes['repository']>
  } {
    const url = `${this.#api}/actions/runs/${run.id}`
    const workflow = stableId(run.workflowPath)
    return {
      id: Number(run.id),
      name: run.workflowName,
      node_id: `WFR_${run.id}`,
      check_suite_id: stableId(`suite/${run.id}`),
      check_suite_node_id: `CS_${run.id}`,
      head_branch: run.ref.replace(/^refs\/(heads|tags)\//, ''),
      head_sha: run.sha,
      path: run.workflowPath,
      display_title: run.title,
      run_number: run.number,
      run_attempt: run.attempt,
      run_started_at: run.startedAt,
      referenced_workflows: [],
      event: run.event,
      status: run.status,
      conclusion: run.conclusion,
      workflow_id: workflow,
      url,
      html_url: `${this.#url}/${this.#state.repository}/actions/runs/${run.id}`,
      pull_requests: [],
      created_at: run.createdAt,
      updated_at: run.updatedAt,
      actor: this.user(run.actor),
      triggering_actor: this.user(run.triggeringActor),
      jobs_url: `${url}/jobs`,
      logs_url: `${url}/logs`,
      check_suite_url: `${this.#api}/check-suites/${stableId(`suite/${run.id}`)}`,
      artifacts_url: `${url}/artifacts`,
      cancel_url: `${url}/cancel`,
      rerun_url: `${url}/rerun`,
      previous_attempt_url: run.attempt > 1 ? `${url}/attempts/${run.attempt - 1}` : null,
      workflow_url: `${this.#api}/actions/workflows/${workflow}`,
      head_commit: null,
      repository: this.repository(),
    }
  }

  job(run: RunRecord, job: JobRecord): Schemas['job'] {
    const url = `${this.#api}/actions/jobs/${job.id}`
    const ran = job.conclusion !== 'skipped' && job.status !== 'queued'
    return {
      id: job.id,
      run_id: Number(run.id),
      run_url: `${this.#api}/actions/runs/${run.id}`,
      run_attempt: job.attempt,
      node_id: `CR_${job.id}`,
      head_sha: run.sha,
      head_branch: run.ref.replace(/^refs\/(heads|tags)\//, ''),
      workflow_name: run.workflowName,
      url,
      html_url: `${this.#url}/${this.#state.repository}/actions/runs/${run.id}/job/${job.id}`,
      status: job.status,
      conclusion: job.conclusion,
      created_at: job.createdAt,
      started_at: job.startedAt,
      completed_at: job.completedAt,
      name: job.name,
      steps: job.steps.map((step) => ({
        name: step.name,
        number: step.number,
        status: 'completed',
        conclusion: step.conclusion,
        started_at: step.startedAt,
        completed_at: step.completedAt,
      })),
      check_run_url: `${this.#api}/check-runs/${job.id}`,
      labels: ['self-hosted'],
      runner_id: ran ? 1 : null,
      runner_name: ran ? 'local' : null,
      runner_group_id: ran ? 1 : null,
      runner_group_name: ran ? 'Default' : null,
    }
  }

  comment(comment: IssueComment): Schemas['issue-comment'] {
    const url = `${this.#api}/issues/comments/${comment.id}`
    return {
      id: comment.id,
      node_id: `IC_${comment.id}`,
      url,
      html_url: `${this.#url}/${this.#state.repository}/issues/${comment.issue}#issuecomment-${comment.id}`,
      issue_url: `${this.#api}/issues/${comment.issue}`,
      body: comment.body,
      user: this.user(comment.user),
      author_association:
        comment.user === this.#state.owner ? 'OWNER' : (this.#state.associations.get(comment.user) ?? 'NONE'),
      created_at: comment.createdAt,
      updated_at: comment.updatedAt,
    }
  }

  private reviewers(settings: EnvironmentSettings): NonNullable<Schemas['pending-deployment']['reviewers']> {
    return [
      ...(settings.reviewers ?? []).map((login) => ({ type: 'User' as const, reviewer: this.user(login) })),
      ...(settings.teams ?? []).map((slug) => ({ type: 'Team' as const, reviewer: this.team(slug) })),
    ]
  }

  team(slug: string): Schemas['team'] {
    const id = stableId(`team/${slug}`)
    const url = `${this.#url}/organizations/${this.#state.owner}/team/${id}`
    return {
      id,
      node_id: `T_${id}`,
      name: slug,
      slug,
      description: null,
      privacy: 'closed',
      notification_setting: 'notifications_enabled',
      permission: 'pull',
      url,
      html_url: `${this.#url}/orgs/${this.#state.owner}/teams/${slug}`,
      members_url: `${url}/members{/member}`,
      repositories_url: `${url}/repos`,
      type: 'organization',
      parent: null,
    }
  }

  membership(organization: string, slug: string, login: string): Schemas['team-membership'] {
    const url = `${this.#url}/orgs/${organization}/teams/${slug}/memberships/${login}`
    return { url, role: 'member', state: 'active' }
  }
}
