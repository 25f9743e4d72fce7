import { join, resolve } from 'node:path'
import { readActionMetadata } from './action-metadata.ts'
import { evaluateTemplate } from './expression.ts'
import { nodeForActions } from './node-runtime.ts'
import { runRecorded } from './recorded-process.ts'
import { createRunnerFolders, machineEnvironment } from './runner-environment.ts'
import { SecretMasker } from './secret-masker.ts'
import { StepRecord } from './step-record.ts'
import type { ActionMetadata } from './action-metadata.ts'
import type { ExpressionScope } from './expression.ts'
import type { ActionResult } from './recorded-process.ts'

export type { ActionResult } from './recorded-process.ts'

export interface JavaScriptActionOptions {
  /** The folder that holds action.yml. */
  readonly actionFolder: string
  readonly inputs: Readonly<Record<string, string>>
  /** Beyond what a runner's machine gives; GITHUB_* and RUNNER_* in it win over the defaults. */
  readonly environment: Readonly<Record<string, string>>
  /** For temporary files; also the workspace unless GITHUB_WORKSPACE is given. */
  readonly workFolder: string
  readonly node?: string
  /** Aborting it cancels as GitHub does: SIGINT, SIGTERM after 7.5 s, SIGKILL after 2.5 s more. */
  readonly signal?: AbortSignal
  readonly masks?: readonly string[]
  /** Each line of the log, masked. */
  onLine?(line: string): void
  onSpawn?(pid: number): void
  /** `state` of the main phase's result, for the post phase. */
  readonly stateFrom?: Readonly<Record<string, string>>
  readonly phase?: 'main' | 'post'
  /** `github.token`, for input defaults that use it; without it GITHUB_TOKEN of the environment. */
  readonly token?: string
  /** Where a step of a workflow is recorded; without it the action has a record and masks of its own. */
  readonly record?: StepRecord
  /** What input defaults can see; without it `github` and `runner` made from the environment. */
  readonly scope?: ExpressionScope
}

/**
 * Runs one phase of a JavaScript action as the runner does: a Node process with INPUT_* (defaults from action.yml),
 * STATE_* in the post phase, command files, workflow commands, masking, cancellation.
 * Throws UnsupportedAction when action.yml is not that of a node24 action, or lacks the phase.
 */
export async function runJavaScriptAction(options: JavaScriptActionOptions): Promise<ActionResult> {
  const metadata = readActionMetadata(resolve(options.actionFolder))
  const phase = options.phase ?? 'main'
  const script = phase === 'main' ? metadata.main : metadata.post
  if (script === undefined) throw new Error(`${metadata.file} has no runs.${phase}`)
  const environment = await completeEnvironment(options)
  const workspace = environment['GITHUB_WORKSPACE'] ?? options.workFolder
  const record = options.record ?? ownRecord(options, workspace, environment['RUNNER_DEBUG'] === '1')
  const scope = options.scope ?? scopeOf(environment, options.token)
  const inputs = completeInputs(metadata, options.inputs, scope, record)
  if (phase === 'post') record.log('Post job cleanup.')
  else describe(record, metadata, inputs)
  const result = await runRecorded(record, {
    command: options.node ?? nodeForActions(),
    arguments: [join(metadata.folder, script)],
    cwd: workspace,
    temp: environment['RUNNER_TEMP'] ?? options.workFolder,
    environment: {
      ...environment,
      ...(phase === 'post' ? prefixed('STATE_', options.stateFrom ?? {}) : {}),
      ...prefixed('INPUT_', upperCased(inputs)),
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onSpawn === undefined ? {} : { onSpawn: (pid: number) => options.onSpawn?.(pid) }),
  })
  return phase === 'post' ? { ...result, state: { ...options.stateFrom, ...result.state } } : result
}

function ownRecord(options: JavaScriptActionOptions, workspace: string, debug: boolean): StepRecord {
  const masker = new SecretMasker()
  for (const value of options.masks ?? []) masker.addWithLines(value)
  masker.add(options.token ?? options.environment['GITHUB_TOKEN'] ?? '')
  return new StepRecord({ masker, workspace, debug, onLine: (line) => options.onLine?.(line) })
}

/** A single action outside a workflow still finds the variables that a runner always sets. */
async function completeEnvironment(options: JavaScriptActionOptions): Promise<Record<string, string>> {
  const given = options.environment
  if (given['RUNNER_TEMP'] !== undefined && given['GITHUB_EVENT_PATH'] !== undefined) return { ...given }
  const folders = await createRunnerFolders(options.workFolder, {})
  return {
    ...machineEnvironment(folders),
    GITHUB_WORKSPACE: resolve(options.workFolder),
    GITHUB_EVENT_PATH: folders.eventFile,
    GITHUB_EVENT_NAME: 'workflow_dispatch',
    GITHUB_REPOSITORY: 'local/local',
    GITHUB_REPOSITORY_OWNER: 'local',
    GITHUB_ACTOR: 'local',
    GITHUB_TRIGGERING_ACTOR: 'local',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REF_NAME: 'main',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_SHA: '0'.repeat(40),
    GITHUB_JOB: 'local',
    GITHUB_WORKFLOW: 'local',
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_NUMBER: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_ACTION: '__run',
    // The discard port of this machine: what is not given a GitHub server must not reach the real one.
    GITHUB_API_URL: 'http://127.0.0.1:9',
    GITHUB_SERVER_URL: 'http://127.0.0.1:9',
    GITHUB_GRAPHQL_URL: 'http://127.0.0.1:9/graphql',
    ...given,
  }
}

function completeInputs(
  metadata: ActionMetadata,
  given: Readonly<Record<string, string>>,
  scope: ExpressionScope,
  record: StepRecord,
): Record<string, string> {
  const declared = new Map(metadata.inputs.map((input) => [input.name.toLowerCase(), input]))
  const unexpected = Object.keys(given).filter((name) => !declared.has(name.toLowerCase()))
  if (unexpected.length > 0) {
    const valid = metadata.inputs.map(({ name }) => `'${name}'`).join(', ')
    record.warning(`Unexpected input(s) '${unexpected.join("', '")}', valid inputs are [${valid}]`)
  }
  const inputs: Record<string, string> = { ...given }
  const present = new Set(Object.keys(given).map((name) => name.toLowerCase()))
  for (const input of metadata.inputs) {
    if (!present.has(input.name.toLowerCase())) {
      inputs[input.name] = evaluateTemplate(input.default ?? '', scope)
    } else if (input.deprecationMessage !== undefined) {
      record.warning(`Input '${input.name}' has been deprecated with message: ${input.deprecationMessage}`)
    }
  }
  return inputs
}

function scopeOf(environment: Readonly<Record<string, string>>, token: string | undefined): ExpressionScope {
  const below = (prefix: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(environment).flatMap(([name, value]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length).toLowerCase(), value]] : [],
      ),
    )
  return {
    contexts: {
      github: { ...below('GITHUB_'), token: token ?? environment['GITHUB_TOKEN'] ?? '' },
      runner: below('RUNNER_'),
    },
  }
}

function describe(
  record: StepRecord,
  metadata: ActionMetadata,
  inputs: Readonly<Record<string, string>>,
): void {
  record.log(`##[group]Run ${metadata.name}`)
  const shown = Object.entries(inputs).filter(([, value]) => value !== '')
  if (shown.length > 0) record.log('with:')
  for (const [name, value] of shown) record.log(`  ${name}: ${value}`)
  record.log('##[endgroup]')
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]))
}

function upperCased(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name.replaceAll(' ', '_').toUpperCase(), value]),
  )
}
