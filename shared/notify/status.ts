import * as z from 'zod'
import { table } from '../report/markdown.ts'
import type { Ending } from './news.ts'

const step = z.object({
  action: z.string(),
  state: z.enum(['running', 'done', 'waiting', 'failed']),
  at: z.string(),
  url: z.string(),
  headline: z.string(),
})

const statusSchema = z.object({
  migration: z.string(),
  steps: z.array(step).max(50),
  /** The last line of progress, and when it was said; empty before the first. */
  line: z.string(),
  lineAt: z.string(),
  next: z.string(),
  predictedFreezeMs: z.string(),
  freezeMs: z.string(),
})

/** How far a migration is, as the status comment says it and carries it along. */
export type Status = z.infer<typeof statusSchema>
type Step = z.infer<typeof step>

/** Where a step stands: which action, when (ISO 8601), in which run. */
export type StepPlace = Pick<Step, 'action' | 'at' | 'url'>

/** Nothing has happened yet. */
export function emptyStatus(migration: string): Status {
  return { migration, steps: [], line: '', lineAt: '', next: '', predictedFreezeMs: '', freezeMs: '' }
}

/** An action has begun. Pure. */
export function stepStarted(status: Status, place: StepPlace): Status {
  return withStep(status, { ...place, state: 'running', headline: '' })
}

/** A new line of progress. Pure. */
export function withLine(status: Status, line: string, at: string): Status {
  return { ...status, line: cut(line), lineAt: at }
}

/** An action has ended, with what it concluded and what comes next. Pure. */
export function stepEnded(status: Status, place: StepPlace, { outcome, error }: Ending): Status {
  if (error !== undefined)
    return {
      ...withStep(status, {
        ...place,
        state: 'failed',
        headline: cut(error.problems[0]?.message ?? error.message),
      }),
      next: cut(error.problems[0]?.remedy ?? error.remedy),
    }
  const failed = outcome.failed === true
  const waiting = outcome.outputs['state'] === 'still-running'
  const state = failed ? 'failed' : waiting ? 'waiting' : 'done'
  const { outputs } = outcome
  return {
    ...withStep(status, { ...place, state, headline: cut(outcome.headline) }),
    next: failed
      ? 'The job’s summary says what to do.'
      : waiting
        ? 'The workflow runs again, and goes on where it was.'
        : (nextSteps[place.action] ?? ''),
    predictedFreezeMs: outputs['predicted-freeze-ms'] || status.predictedFreezeMs,
    freezeMs: outputs['freeze-ms'] || status.freezeMs,
  }
}

const nextSteps: Readonly<Record<string, string>> = {
  'create-task': 'wait-full-load',
  'wait-full-load': 'wait-cdc-sync',
  'wait-cdc-sync': 'A reviewer approves the cutover on the run’s page, or rejects it.',
  cutover: 'Nothing: the target is open. Keep the source until nobody wants to go back.',
}

function withStep(status: Status, changed: Step): Status {
  const known = status.steps.some(({ action }) => action === changed.action)
  const steps = known
    ? status.steps.map((one) => (one.action === changed.action ? changed : one))
    : [...status.steps, changed]
  return { ...status, steps }
}

/** What every status comment of this migration begins with. A migration's name holds no space. */
export function markerOf(migration: string): string {
  return `<!-- aurora-migration-status ${migration} `
}

const words: Readonly<Record<Step['state'], string>> = {
  running: '⏳ running',
  done: '✅ done',
  waiting: '⏳ goes on later',
  failed: '❌ failed',
}

/** The comment: a hidden line that carries the status, then what people read. Pure. */
export function bodyOf(status: Status): string {
  const rows = status.steps.map((one) => [
    one.action,
    words[one.state],
    utc(one.at),
    callingNobody(one.headline),
  ])
  // Links are ours, so they may stay links where everything else in a cell is text.
  const urls = new Map(status.steps.map((one) => [one.action, one.url]))
  const drawn = table(['step', 'state', 'when', 'what it said'], rows).replaceAll(
    /^\| ([\w-]+) \|/gmu,
    (whole, action: string) => (urls.has(action) ? `| [${action}](${urls.get(action) ?? ''}) |` : whole),
  )
  return [
    `${markerOf(status.migration)}${hidden(status)} -->`,
    `### Migration \`${status.migration}\``,
    '',
    drawn,
    '',
    ...(status.line === ''
      ? []
      : [`Last seen ${utc(status.lineAt)}: \`${status.line.replaceAll('`', '’')}\``, '']),
    ...(status.freezeMs === ''
      ? status.predictedFreezeMs === ''
        ? []
        : [`Predicted freeze: **${status.predictedFreezeMs} ms**`, '']
      : [
          `Freeze: **${status.freezeMs} ms**${status.predictedFreezeMs === '' ? '' : ` (predicted: ${status.predictedFreezeMs} ms)`}`,
          '',
        ]),
    ...(status.next === '' ? [] : [`**Next:** ${plain(status.next)}`, '']),
  ].join('\n')
}

/** The status that a comment carries; undefined where it carries none that can be read. Pure. */
export function readStatus(body: string): Status | undefined {
  const carried = /^<!-- aurora-migration-status [a-z0-9-]+ (?<json>\{.*\}) -->/u.exec(body)?.groups?.['json']
  if (carried === undefined) return undefined
  try {
    const read = statusSchema.safeParse(JSON.parse(carried))
    return read.success ? read.data : undefined
  } catch {
    return undefined
  }
}

/** JSON that cannot end the HTML comment that it is in. */
function hidden(status: Status): string {
  return JSON.stringify(status).replaceAll(/[<>-]/gu, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)
}

/** Foreign text that is no HTML and calls nobody. */
function plain(text: string): string {
  return callingNobody(text.replaceAll('<', '&lt;'))
}

/** Text that calls nobody, whatever names it holds. */
function callingNobody(text: string): string {
  return text.replaceAll('@', '@\u200B')
}

function utc(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}

const most = 300

function cut(text: string): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}
