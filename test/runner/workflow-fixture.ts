import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startGitHubServer } from './github-server.ts'
import { runWorkflow } from './run-workflow.ts'
import type { EnvironmentSettings, GitHubServer } from './github-server.ts'
import type { RunEvent, WorkflowRun, WorkflowRunOptions } from './run-workflow.ts'

/** A run of a fixture's workflow with everything that it reported. */
export interface FixtureRun extends WorkflowRun {
  readonly events: RunEvent[]
  /** All log lines of a job. */
  log(jobId: string): string
}

/** A repository of its own in a temporary folder, with a local GitHub, for tests of the runner. */
export interface WorkflowFixture {
  readonly checkout: string
  readonly github: GitHubServer
  /** Writes a file below the checkout and returns its path. */
  write(path: string, text: string): string
  /** Writes a JavaScript action to `actions/<name>`; `keys` are further lines of action.yml. */
  action(name: string, main: string, more?: { keys?: string; post?: string; runs?: string }): void
  /** Writes `ci.yml` and runs it; the event is workflow_dispatch unless given. */
  run(workflow: string, options?: Partial<WorkflowRunOptions>): Promise<FixtureRun>
  close(): Promise<void>
}

export const fixtureRepository = 'acme/shop'

/** Opens a fixture; `environments` are those of its GitHub. */
export async function openWorkflowFixture(
  environments: readonly EnvironmentSettings[] = [],
): Promise<WorkflowFixture> {
  const folder = mkdtempSync(join(tmpdir(), 'runner-'))
  const checkout = join(folder, 'checkout')
  const github = await startGitHubServer({ repository: fixtureRepository, environments })
  const write = (path: string, text: string): string => {
    const file = join(checkout, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }
  return {
    checkout,
    github,
    write,
    action: (name, main, more = {}) => {
      const post = more.post === undefined ? '' : '  post: post.mjs\n'
      write(
        `actions/${name}/action.yml`,
        `name: ${name}\n${more.keys ?? ''}runs:\n  using: node24\n  main: main.mjs\n${post}${more.runs ?? ''}`,
      )
      write(`actions/${name}/main.mjs`, main)
      if (more.post !== undefined) write(`actions/${name}/post.mjs`, more.post)
    },
    run: async (workflow, options = {}) => {
      const events: RunEvent[] = []
      const run = await runWorkflow({
        file: write('.github/workflows/ci.yml', workflow),
        checkout,
        repository: fixtureRepository,
        event: { name: 'workflow_dispatch' },
        github,
        workFolder: join(folder, 'work'),
        approve: () => Promise.reject(new Error('nobody was expected to be asked')),
        ...options,
        onEvent: (event) => {
          events.push(event)
          options.onEvent?.(event)
        },
      })
      const log = (jobId: string): string =>
        events
          .flatMap((event) => (event.type === 'log-line' && event.jobId === jobId ? [event.line] : []))
          .join('\n')
      return { ...run, events, log }
    },
    close: async () => {
      await github.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
