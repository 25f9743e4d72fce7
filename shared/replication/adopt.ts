import { differences, type Difference } from '../dms/document-difference.ts'
import type { EndpointDocument, NewEndpoint } from '../dms/endpoint-document.ts'
import type { Endpoint } from '../dms/endpoints.ts'
import type { NewReplicationInstance, ReplicationInstance } from '../dms/replication-instances.ts'
import type { ReplicationTask } from '../dms/replication-task.ts'
import { migrationTag } from '../dms/tags.ts'
import { stopRemedy, taskState } from '../dms/task-state.ts'
import type { PlannedTask } from '../migration/plan.ts'
import type { TaskParts } from './ensure-task.ts'
import type { Problem } from '../runtime/errors.ts'

type Tags = Readonly<Record<string, string>>

/** Why something that has our name in AWS is not what we would make; empty: it is adopted. All pure. */
export function endpointProblems(
  found: Endpoint,
  wanted: EndpointDocument,
  tags: Tags,
  migration: string,
): Problem[] {
  const differing = differences(comparable(wanted), comparable(found.document)).filter(
    (difference) => !sameSecret(difference),
  )
  return [
    ...foreignProblems('endpoint', found.identifier, tags, migration),
    ...differing.map((difference) => differenceProblem('endpoint', found.identifier, difference)),
  ]
}

/** Settings of an endpoint that decide over rows: the same must be true of one that somebody else made. */
const decisive = [
  'EndpointType',
  'ExtraConnectionAttributes',
  'PostgreSQLSettings.DatabaseName',
  'PostgreSQLSettings.MapBooleanAsBoolean',
  'PostgreSQLSettings.TrimSpaceInChar',
  'PostgreSQLSettings.FailTasksOnLobTruncation',
  'PostgreSQLSettings.CaptureDdls',
  'PostgreSQLSettings.PluginName',
  'PostgreSQLSettings.SlotName',
]

/** An endpoint that the file names, and what it must agree with. */
export interface NamedEndpoint {
  readonly identifier: string
  readonly field: string
  readonly wanted: NewEndpoint
  /** Who DMS must log in as there. */
  readonly user: string
  /** Name or ARN of the secret of DMS's login. */
  readonly secret: string
  /** Addresses of that side's server, as the secrets of the file have them. */
  readonly servers: readonly { readonly host: string; readonly port: number }[]
}

/** Why an endpoint that the file names cannot be used. Tags do not matter: it is not ours. */
export function foreignEndpointProblems(found: Endpoint | undefined, named: NamedEndpoint): Problem[] {
  const { identifier, field, wanted, user } = named
  const problem = (message: string, remedy: string): Problem => ({
    field,
    value: identifier,
    message,
    remedy,
  })
  if (found === undefined)
    return [
      problem(
        `there is no endpoint ${identifier}`,
        'Correct the name or the region, or leave `endpoint` out.',
      ),
    ]
  const remedy = 'Change the endpoint (aws dms modify-endpoint), or leave `endpoint` out: then one is made.'
  const problems = differences(comparable(wanted.document), comparable(found.document))
    .filter(({ path }) => decisive.some((name) => path === name || path.startsWith(`${name}.`)))
    .map((one) =>
      problem(`the endpoint ${identifier} has ${one.path} ${one.found}, not ${one.wanted}`, remedy),
    )
  const script = scriptOf(found.document)
  const needed = wanted.document.PostgreSQLSettings.AfterConnectScript
  if (needed !== undefined && !script.toLowerCase().includes(needed.toLowerCase()))
    problems.push(problem(`the endpoint ${identifier} does not run “${needed}” (AfterConnectScript)`, remedy))
  const own = found.document.Username
  if (typeof own === 'string' && own !== '' && own !== user)
    problems.push(
      problem(`the endpoint ${identifier} logs in as ${own}, the file’s secret as ${user}`, remedy),
    )
  return [...problems, ...elsewhere(found, named).map((message) => problem(message, remedy))]
}

/** Where an endpoint leads is compared at once: markers would show another server only after a whole load. */
function elsewhere({ document }: Endpoint, { identifier, secret, servers }: NamedEndpoint): string[] {
  // DMS gives both where an endpoint was made by the engine's own settings.
  const settings = (document.PostgreSQLSettings ?? {}) as Readonly<Record<string, unknown>>
  const [read, host, port] = [
    settings['SecretsManagerSecretId'],
    document.ServerName ?? settings['ServerName'],
    document.Port ?? settings['Port'],
  ]
  if (typeof read === 'string' && read !== '')
    return isSameSecret(secret, read)
      ? []
      : [`the endpoint ${identifier} reads another secret than the file names (${secret})`]
  if (typeof host !== 'string' || host === '')
    return [`nothing says which server the endpoint ${identifier} leads to: it has neither server nor secret`]
  const plain = (name: string) => name.toLowerCase().replace(/\.$/u, '')
  return servers.some((server) => plain(server.host) === plain(host) && server.port === port)
    ? []
    : [`the endpoint ${identifier} leads to another host or port than the secrets of the file`]
}

function scriptOf(document: Endpoint['document']): string {
  const settings = document.PostgreSQLSettings
  const script: unknown =
    typeof settings === 'object' && settings !== null && 'AfterConnectScript' in settings
      ? settings.AfterConnectScript
      : undefined
  return typeof script === 'string' ? script : ''
}

export function instanceProblems(
  found: ReplicationInstance,
  wanted: NewReplicationInstance,
  tags: Tags,
): Problem[] {
  const facts = { class: wanted.class, storageGb: wanted.storageGb, multiAz: wanted.multiAz }
  return [
    ...foreignProblems('replication instance', found.identifier, tags, wanted.tags.migration),
    ...differences(facts, found).map((difference) =>
      differenceProblem('replication instance', found.identifier, difference),
    ),
  ]
}

/** A task that carries other tables, or carries them otherwise, than the plan says. */
export function taskProblems(
  found: ReplicationTask,
  planned: PlannedTask,
  parts: TaskParts,
  tags: Tags,
  migration: string,
): Problem[] {
  const wanted = {
    migrationType: planned.migrationType,
    sourceEndpointArn: parts.source,
    targetEndpointArn: parts.target,
    ...('replicationInstanceArn' in parts.compute
      ? { replicationInstanceArn: parts.compute.replicationInstanceArn }
      : {}),
    mappings: planned.mappings,
    settings: planned.settings,
  }
  return [
    ...foreignProblems('task', found.identifier, tags, migration),
    ...differences(wanted, found).map((difference) =>
      differenceProblem('task', found.identifier, difference),
    ),
  ]
}

/** What to do with a task that is there and is ours. */
export type TaskStep =
  | { readonly kind: 'start' }
  /** Runs already, or was stopped on purpose: left as it is. */
  | { readonly kind: 'leave'; readonly why: string }
  | { readonly kind: 'refuse'; readonly problem: Problem }

export function taskStep(task: ReplicationTask): TaskStep {
  const state = taskState(task)
  switch (state.kind) {
    case 'ready':
      return { kind: 'start' }
    case 'running':
      return { kind: 'leave', why: 'runs already' }
    case 'finished':
      return { kind: 'leave', why: 'has finished its load' }
    case 'settling':
      return state.status === 'creating' || state.status === 'modifying' || state.status === 'testing'
        ? { kind: 'start' }
        : { kind: 'leave', why: `is ${state.status}` }
    case 'unknown':
      return {
        kind: 'refuse',
        problem: {
          field: task.identifier,
          message: `the task ${task.identifier} is “${state.status}”, which is not known`,
          remedy:
            'Look at the task in the DMS console; run create-task again when it is ready, running or stopped.',
        },
      }
    case 'stopped':
      // Its settings say so where indexes and keys are made before changes flow.
      if (state.by === 'setting' && state.reason.includes('STOPPED_AFTER_CACHED_EVENTS'))
        return { kind: 'leave', why: 'has loaded and waits for finish-target, which starts it again' }
      if (state.by !== 'itself') {
        const resume = `aws dms start-replication-task --replication-task-arn ${task.arn} --start-replication-task-type resume-processing`
        return { kind: 'leave', why: `is stopped (${state.reason}); to go on: ${resume}` }
      }
      return { kind: 'refuse', problem: brokenProblem(task, state.reason, stopRemedy(task, state)) }
    case 'failed':
      return { kind: 'refuse', problem: brokenProblem(task, state.message, stopRemedy(task, state)) }
  }
}

/** A task that stopped by itself or failed before its load was done: DMS cannot go on with it. */
export function brokenLoad(task: ReplicationTask): boolean {
  const state = taskState(task)
  const broken = state.kind === 'failed' || (state.kind === 'stopped' && state.by === 'itself')
  return broken && task.fullLoadFinished === undefined
}

function brokenProblem(task: ReplicationTask, reason: string, remedy: string): Problem {
  return {
    field: task.identifier,
    message: `the task ${task.identifier} broke off and DMS cannot start it again safely: ${reason}`,
    remedy,
  }
}

function foreignProblems(kind: string, identifier: string, tags: Tags, migration: string): Problem[] {
  const owner = tags[migrationTag]
  if (owner === migration) return []
  return [
    {
      field: identifier,
      message: `the ${kind} ${identifier} exists, but ${owner === undefined ? `has no tag ${migrationTag}` : `belongs to the migration ${owner}`}`,
      remedy: `Delete or rename it, choose another name for the migration, or tag it ${migrationTag}=${migration} if it is yours.`,
    },
  ]
}

function differenceProblem(kind: string, identifier: string, { path, wanted, found }: Difference): Problem {
  return {
    field: identifier,
    message: `the ${kind} ${identifier} exists, but differs in ${path}: the plan says ${wanted}, it has ${found}`,
    remedy: `Delete the ${kind} and run create-task again, or change the migration file to what it has and run preflight again.`,
  }
}

/** Extra connection attributes by name in lower case: their order, case and last semicolon mean nothing. */
function comparable(document: EndpointDocument | Endpoint['document']): Record<string, unknown> {
  const text: unknown = document.ExtraConnectionAttributes
  const pairs = (typeof text === 'string' ? text : '')
    .split(';')
    .filter((part) => part.includes('='))
    .map((part) => part.split('=', 2).map((word) => word.trim().toLowerCase()))
  return { ...document, ExtraConnectionAttributes: Object.fromEntries(pairs) as Record<string, string> }
}

/** DMS may answer with a secret's ARN where it was given its name: `arn:…:secret:<name>-<six characters>`. */
function sameSecret({ path, wanted, found }: Difference): boolean {
  if (path !== 'PostgreSQLSettings.SecretsManagerSecretId') return false
  return isSameSecret(JSON.parse(wanted) as string, found.replaceAll('"', ''))
}

/** Whether two names or ARNs are of one secret; two ARNs only where they are the same. */
function isSameSecret(wanted: string, found: string): boolean {
  const nameOf = (arn: string) => arn.split(':secret:')[1]?.replace(/-[A-Za-z0-9]{6}$/u, '')
  if (wanted === found) return true
  if (found.startsWith('arn:')) return !wanted.startsWith('arn:') && nameOf(found) === wanted
  return wanted.startsWith('arn:') && nameOf(wanted) === found
}
