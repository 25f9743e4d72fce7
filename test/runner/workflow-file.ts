import { readFileSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import { dispatchInputsOf } from './dispatch-inputs.ts'
import { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } from './github-parser.ts'
import { permissionsOf } from './permissions.ts'
import { entriesOf, entryOf, mappingOf, textOf, textsOf } from './template-value.ts'
import { findUnsupported } from './unsupported-keys.ts'
import { JobReader } from './workflow-jobs.ts'
import type { Problem } from './action-metadata.ts'
import type { UsesContext } from './uses.ts'
import type { EventFilter, Workflow } from './workflow.ts'

/** A file that is wrong, or asks for what this runner does not do; nothing of it has run. */
export class UnsupportedWorkflow extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(
      `this workflow cannot be run here:\n${problems.map(({ path, line, message }) => `  ${path}:${line}: ${message}`).join('\n')}`,
    )
    this.name = 'UnsupportedWorkflow'
    this.problems = problems
  }
}

/** `ErrorPolicy.TryConversion`: goes on after an error, so that all problems come at once. */
const tryConversion = 1

/**
 * Reads a workflow file with GitHub's parser. Throws UnsupportedWorkflow with every problem at once: what GitHub
 * rejects, and what this runner does not do.
 */
export async function loadWorkflow(file: string, context: UsesContext): Promise<Workflow> {
  const absolute = isAbsolute(file) ? file : resolve(context.checkout, file)
  const path = relative(context.checkout, absolute).split(sep).join('/')
  const parsed = parseWorkflow(
    { name: path, content: readFileSync(absolute, 'utf8') },
    new NoOperationTraceWriter(),
  )
  const root = parsed.value
  const template =
    root === undefined
      ? undefined
      : await convertWorkflowTemplate(parsed.context, root, undefined, { errorPolicy: tryConversion })
  const problems: Problem[] = parsed.context.errors.getErrors().map(({ rawMessage, range }) => ({
    path,
    line: range?.start.line ?? 1,
    message: rawMessage.split('\n')[0]?.replace(/ at line \d+, column \d+:$/, '') ?? rawMessage,
  }))
  // A YAML error drags many others behind it: the first one says it.
  if (root === undefined || template === undefined) throw new UnsupportedWorkflow(problems.slice(0, 1))
  const refuse = (token: TemplateToken | undefined, message: string): void => {
    problems.push({ path, line: token?.range?.start.line ?? 1, message })
  }
  findUnsupported(root, refuse)
  const on = entryOf(root, 'on')
  const reader = new JobReader(context, refuse, entryOf(entryOf(root, 'defaults'), 'run'))
  // Where the parser found errors its typed jobs are missing; the tree is then read for problems only.
  const conditions = new Map(
    (template.jobs ?? []).map((job) => [
      job.id.value,
      { if: job.if.expression, steps: job.type === 'job' ? job.steps : [] },
    ]),
  )
  const jobs = entriesOf(entryOf(root, 'jobs')).map(({ name, value }) => {
    const typed = conditions.get(name)
    return reader.readJob(name, value, typed?.if ?? 'success()', (index) => {
      const step = typed?.steps[index]
      const condition = step !== undefined && 'if' in step ? step.if?.expression : undefined
      return { id: step?.id ?? '', if: condition ?? 'success()' }
    })
  })
  if (problems.length > 0) {
    throw new UnsupportedWorkflow(problems.sort((left, right) => left.line - right.line))
  }
  const name = entryOf(root, 'name')
  return {
    path,
    name: name === undefined ? path : textOf(name),
    runName: entryOf(root, 'run-name'),
    events: eventsOf(on),
    dispatchInputs: dispatchInputsOf(entryOf(on, 'workflow_dispatch')),
    environment: mappingOf(entryOf(root, 'env')),
    permissions: permissionsOf(entryOf(root, 'permissions')),
    concurrency: entryOf(root, 'concurrency'),
    jobs,
  }
}

function eventsOf(on: TemplateToken | undefined): Map<string, EventFilter> {
  const entries = entriesOf(on)
  if (entries.length === 0) return new Map(textsOf(on).map((name) => [name, {}]))
  return new Map(entries.map(({ name, value }) => [name, filterOf(value)]))
}

function filterOf(event: TemplateToken): EventFilter {
  const keys = ['branches', 'branches-ignore', 'tags', 'tags-ignore']
  const given = entriesOf(event).filter(({ name }) => keys.includes(name))
  return Object.fromEntries(given.map(({ name, value }) => [name, textsOf(value)]))
}
