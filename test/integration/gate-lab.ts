import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { storePlan } from '../../shared/control/plan-store.ts'
import { buildPlan } from '../../shared/migration/build-plan.ts'
import { plainDecisions } from '../../shared/migration/plan-decisions.ts'
import type { EnvironmentSettings, GitHubServer } from '../runner/github-server.ts'
import type { WorkflowRunOptions } from '../runner/run-workflow.ts'
import { openWorkflowFixture, type FixtureRun } from '../runner/workflow-fixture.ts'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'

/** Everything that a cutover needs, and a GitHub whose runner runs workflows with the action from its sources. */
export interface GateLab {
  readonly lab: CutoverLab
  readonly github: GitHubServer
  /** A step that cuts over, with `inputs` as lines of YAML's flow style. */
  readonly step: (inputs?: string, digest?: string) => string
  /** Rewrites the migration file with more in its section `cutover`, and keeps its plan; gives its digest. */
  readonly replan: (more: string) => Promise<string>
  /** Runs a workflow of these jobs; nobody is asked unless `approve` is given. */
  readonly run: (jobs: string, options?: Partial<WorkflowRunOptions>) => Promise<FixtureRun>
  /** What both databases are, apart from rows; the same text means that nothing was touched. */
  readonly state: () => Promise<string>
  readonly close: () => Promise<void>
}

const gateState = readFileSync(new URL('./gate-state.sql', import.meta.url), 'utf8')
const actionFolder = new URL('../../actions/cutover/', import.meta.url)

/** Rights of a job that cuts over, as the README of cutover has them. */
export const jobPermissions =
  'permissions: { actions: read, contents: read, id-token: write, issues: read, pull-requests: read }'

const policy = '  freeze-budget: 3s\n  watch: 200ms\n'

/** Opens it; `extra` belongs to the section `cutover` of the migration file. */
export async function openGateLab(
  label: string,
  environments: readonly EnvironmentSettings[],
  extra = '',
): Promise<GateLab> {
  const [lab, fixture] = await Promise.all([
    openCutoverLab(label, `${policy}${extra}`),
    openWorkflowFixture(environments),
  ])
  const metadata = readFileSync(new URL('action.yml', actionFolder), 'utf8')
  const inputs = /^inputs:\n[^]*?(?=^\S)/mu.exec(metadata)?.[0] ?? ''
  const source = (file: string) => fileURLToPath(new URL(file, actionFolder))
  const call = (file: string, name: string) =>
    `const { ${name} } = await import(${JSON.stringify(source(file))}); await ${name}()`
  fixture.action('cutover', call('main.ts', 'main'), { keys: inputs, post: call('post.ts', 'post') })
  // Evidence is older than whatever approves it.
  await lab.sql(
    'source',
    "update aurora_migration.evidence set measured_at = measured_at - interval '1 hour'",
  )
  return {
    lab,
    github: fixture.github,
    step: (more = '', digest = lab.digest) =>
      `{ id: cutover, uses: acme/shop/actions/cutover@v0, with: { migration: '${lab.stack.file}', plan-digest: ${digest}, evidence-id: ${lab.evidenceId}${more === '' ? '' : `, ${more}`} } }`,
    replan: async (more) => {
      await lab.stack.rewrite(`${policy}${extra}${more}`)
      const { migration, catalogue } = await lab.stack.planFacts()
      const plan = buildPlan(migration, {
        source: catalogue,
        decisions: plainDecisions(catalogue.planned, 128),
      })
      const source = await lab.stack.pair.session('source')
      const digest = await storePlan(source, plan)
      await source.close()
      return digest
    },
    run: (jobs, options = {}) =>
      fixture.run(`on: workflow_dispatch\npermissions: {}\njobs:\n${jobs}`, {
        actor: 'ana',
        environment: { ...lab.stack.emulator.environment() },
        ...options,
      }),
    state: async () => {
      const both = await Promise.all([lab.sql('source', gateState), lab.sql('target', gateState)])
      return JSON.stringify(both)
    },
    close: async () => {
      await fixture.close()
      await lab.close()
    },
  }
}

/** What the action said of its refusal: the log of its job and the summary of its step. */
export function told(run: FixtureRun, job = 'cutover'): string {
  const summaries = run.jobs[job]?.steps.map(({ summary }) => summary) ?? []
  return [run.log(job), ...summaries].join('\n')
}
