import { parse } from 'yaml'
import * as z from 'zod'

/** What a workflow file says about rights, concurrency and the gate of the cutover. */
export interface WorkflowSayings {
  readonly topPermissions: 'none' | 'some' | 'write-all' | 'not said'
  readonly concurrency: 'none' | 'waits' | 'cancels'
  readonly jobsInEnvironment: readonly string[]
  readonly cutoverJobs: readonly string[]
  readonly asksForApproval: boolean
}

const scalar = z.union([z.string(), z.boolean(), z.number(), z.null()])
const concurrencyOf = z.union([
  z.string(),
  z.looseObject({ group: z.string(), 'cancel-in-progress': scalar.optional() }),
])
const permissionsOf = z.union([z.string(), z.record(z.string(), z.string()), z.null()])
const stepOf = z.looseObject({
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).nullish(),
})
const workflowOf = z.looseObject({
  permissions: permissionsOf.optional(),
  concurrency: concurrencyOf.nullish(),
  jobs: z.record(
    z.string(),
    z.looseObject({
      environment: z.union([z.string(), z.looseObject({ name: z.string().optional() })]).nullish(),
      concurrency: concurrencyOf.nullish(),
      steps: z.array(stepOf).nullish(),
    }),
  ),
})

/**
 * Reads a workflow file as far as the gate is concerned. Expressions are not evaluated: an environment that is computed
 * could be any, so it counts as this one, and `require-approval` that is computed could be true. Undefined where the text
 * is no workflow. Pure.
 */
export function readWorkflow(text: string, environment: string): WorkflowSayings | undefined {
  const read = workflowOf.safeParse(parsed(text))
  if (!read.success) return undefined
  const workflow = read.data
  const jobs = Object.entries(workflow.jobs)
  const cutovers = jobs.flatMap(([job, { steps }]) =>
    (steps ?? [])
      .filter(({ uses = '' }) => /(?:^|\/)actions\/cutover(?:@|$)/u.test(uses))
      // One that only tidies up begins nothing, and nobody has to let it through.
      .filter((step) => !['true', true].includes(step.with?.['abort-only'] as string | boolean))
      .map((step) => ({ job, approval: step.with?.['require-approval'] })),
  )
  return {
    topPermissions: permissionsWord(workflow.permissions),
    concurrency: strictest(
      [workflow.concurrency, ...jobs.map(([, job]) => job.concurrency)].map(concurrencyWord),
    ),
    jobsInEnvironment: jobs
      .filter(([, { environment: used }]) => {
        const named = typeof used === 'string' ? used : used?.name
        return (
          named !== undefined && (named.includes('${{') || named.toLowerCase() === environment.toLowerCase())
        )
      })
      .map(([name]) => name),
    cutoverJobs: [...new Set(cutovers.map(({ job }) => job))],
    // A workflow without a cutover leaves it to another, which may well ask.
    asksForApproval:
      cutovers.length === 0 || cutovers.some(({ approval }) => !(approval === false || approval === 'false')),
  }
}

function parsed(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

function permissionsWord(
  permissions: z.infer<typeof permissionsOf> | undefined,
): WorkflowSayings['topPermissions'] {
  if (permissions === undefined) return 'not said'
  if (permissions === 'write-all') return 'write-all'
  if (permissions === null || (typeof permissions === 'object' && Object.keys(permissions).length === 0))
    return 'none'
  return 'some'
}

function concurrencyWord(
  concurrency: z.infer<typeof concurrencyOf> | null | undefined,
): WorkflowSayings['concurrency'] {
  if (concurrency === undefined || concurrency === null) return 'none'
  if (typeof concurrency === 'string') return 'waits'
  const cancels = concurrency['cancel-in-progress']
  return cancels === undefined || cancels === null || cancels === false || cancels === 'false'
    ? 'waits'
    : 'cancels'
}

function strictest(words: readonly WorkflowSayings['concurrency'][]): WorkflowSayings['concurrency'] {
  if (words.includes('cancels')) return 'cancels'
  return words.includes('waits') ? 'waits' : 'none'
}
