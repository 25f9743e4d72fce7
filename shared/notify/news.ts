import type { NotifyEvent } from '../migration/notify-schema.ts'
import type { MigrationError } from '../runtime/errors.ts'
import type { Outcome } from '../runtime/run-action.ts'

/** How an action ended: with an outcome, or by an error. */
export type Ending =
  | { readonly outcome: Outcome; readonly error?: never }
  | { readonly error: MigrationError; readonly outcome?: never }

/** What is told once. */
export interface News {
  readonly event: NotifyEvent
  readonly migration: string
  readonly action: string
  /** One sentence. */
  readonly headline: string
  /** What to do, or what comes next; may be empty. */
  readonly next: string
  readonly run: NewsRun
  /** Figures of the action, as its outputs name them. */
  readonly figures: Readonly<Record<string, string>>
}

/** The workflow run that a message leads to. */
export interface NewsRun {
  readonly repository: string
  readonly id: string
  readonly attempt: number
  readonly url: string
}

/** Outputs that are figures for people and no long documents. */
const figureNames = [
  'state',
  'tables',
  'rows',
  'marker-round-trip-ms',
  'predicted-freeze-ms',
  'freeze-ms',
  'evidence-id',
]

/**
 * What there is to tell of an action's end; undefined where nothing is. An action that found everything as it should be
 * (a re-run, a wait that goes on) tells nothing, so that runs which are repeated stay quiet. Pure.
 */
export function newsOf(
  about: { readonly migration: string; readonly action: string; readonly run: NewsRun },
  ending: Ending,
): News | undefined {
  const { outcome, error } = ending
  const none = { figures: {} }
  if (error !== undefined)
    return { ...about, ...none, event: 'trouble', headline: troubleOf(error), next: remedyOf(error) }
  const figures = Object.fromEntries(
    figureNames.flatMap((name) => {
      const value = outcome.outputs[name] ?? ''
      return value === '' ? [] : [[name, value]]
    }),
  )
  const told = { ...about, figures, headline: outcome.headline }
  if (outcome.failed === true)
    return { ...told, event: 'trouble', next: 'The job’s summary says what to do.' }
  if (about.action === 'create-task' && outcome.outputs['state'] === 'started' && changedSomething(outcome))
    return { ...told, event: 'start', next: 'The full load goes on by itself.' }
  if (about.action === 'wait-cdc-sync' && (outcome.outputs['evidence-id'] ?? '') !== '')
    return { ...told, event: 'approval-wanted', next: 'A reviewer decides on the run’s page.' }
  if (about.action === 'cutover' && outcome.outputs['state'] === 'opened')
    return { ...told, event: 'end', next: '' }
  return undefined
}

/** Tasks that were there already were told of by the run that started them. */
function changedSomething(outcome: Outcome): boolean {
  const result = JSON.parse(outcome.outputs['result'] ?? '{}') as { readonly changes?: readonly unknown[] }
  return (result.changes ?? []).length > 0
}

function troubleOf(error: MigrationError): string {
  const [first, ...others] = error.problems
  if (first === undefined) return error.message
  return others.length === 0 ? first.message : `${first.message} (and ${others.length} more)`
}

function remedyOf(error: MigrationError): string {
  return error.problems[0]?.remedy ?? error.remedy
}

const marks: Readonly<Record<NotifyEvent, string>> = {
  start: '▶️',
  trouble: '❌',
  'approval-wanted': '✋',
  end: '✅',
}

const words: Readonly<Record<NotifyEvent, string>> = {
  start: 'has started',
  trouble: 'has a problem',
  'approval-wanted': 'waits for approval',
  end: 'is cut over',
}

/** Longest sentence of foreign origin in a message. */
const most = 1000

/** The message as plain text: what, where, what to do, the link. Pure. */
export function textOf(news: News): string {
  return [
    `${marks[news.event]} Migration ${news.migration} ${words[news.event]} (${news.action}): ${cut(news.headline)}`,
    ...(news.next === '' ? [] : [cut(news.next)]),
    news.run.url,
  ].join('\n')
}

/**
 * The body of a webhook: `text` for Slack, Mattermost and others that took its form over (`&`, `<` and `>` escaped, as Slack's
 * documentation of message text asks), and the same in fields for programs. Pure.
 */
export function webhookBody(news: News): Readonly<Record<string, unknown>> {
  const text = textOf(news).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return { text, ...news, headline: cut(news.headline), next: cut(news.next) }
}

function cut(text: string): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}
