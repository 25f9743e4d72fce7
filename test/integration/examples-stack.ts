import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openStack, type Stack } from '../rehearsal/open-stack.ts'
import { plainShape } from '../rehearsal/strategies.ts'
import { startGitHubServer, type EnvironmentSettings, type GitHubServer } from '../runner/github-server.ts'
import { runWorkflow, type WorkflowRun, type WorkflowRunOptions } from '../runner/run-workflow.ts'
import type { EmulatorConfig } from '../emulator/start-emulator.ts'

export const checkout = fileURLToPath(new URL('../..', import.meta.url))
export const repository = 'aurora-migration/aurora-migration-actions'

/** The rehearsal's stack and a GitHub, for running examples as users would, with roles that may do only what is said. */
export interface ExamplesStack {
  readonly stack: Stack
  readonly github: GitHubServer
  /** Log lines of all runs so far, for failures. */
  readonly log: () => string
  /** Runs a workflow file; nobody is there to approve anything. */
  run(file: string, options: Pick<WorkflowRunOptions, 'event' | 'ref'>): Promise<WorkflowRun>
  close(): Promise<void>
}

/**
 * Opens it; `roles` are the only ones that can be assumed, `vars` the variables of the repository, `environments` its
 * environments beside `staging`.
 */
export async function openExamplesStack(
  roles: NonNullable<EmulatorConfig['roles']>,
  vars: Readonly<Record<string, string>>,
  environments: readonly EnvironmentSettings[] = [],
): Promise<ExamplesStack> {
  const folder = mkdtempSync(join(tmpdir(), 'examples-'))
  const knobs = { metricDelayMs: 200, metricPeriodMs: 200, controlPlaneDelayMs: 100 }
  const stack = await openStack({ folder, shape: plainShape, scale: 0.02, knobs })
  try {
    // The stack's AWS allows everything; what a role may do is told to it as an administrator would, between two starts.
    const configFile = join(folder, 'aws', 'config.json')
    const config = JSON.parse(readFileSync(configFile, 'utf8')) as Record<string, unknown>
    writeFileSync(configFile, JSON.stringify({ ...config, roles }))
    await stack.emulator.restart()
    stack.group.watch(stack.emulator.pid)
    const github = await startGitHubServer({
      repository,
      environments: [{ name: 'staging' }, ...environments],
    })
    const lines: string[] = []
    return {
      stack,
      github,
      log: () => lines.join('\n'),
      run: (file, options) =>
        runWorkflow({
          ...options,
          file,
          checkout,
          repository,
          vars,
          environment: { AWS_ENDPOINT_URL: stack.emulator.url },
          github,
          workFolder: folder,
          approve: () => Promise.reject(new Error('nobody was expected to be asked')),
          onEvent: (event) => {
            if (event.type === 'process-started') stack.group.watch(event.pid)
            if (event.type === 'log-line') lines.push(event.line)
          },
        }),
      close: async () => {
        await github.close()
        await stack.close()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await stack.close()
    throw error
  }
}
