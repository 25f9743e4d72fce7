import { answerStatus } from '../github/read-environment.ts'
import type { WorkflowRun } from '../github/run.ts'
import { statusComments, type StatusComments } from '../github/status-comments.ts'
import type { Log } from '../runtime/log.ts'
import type { ActionContext } from '../runtime/run-action.ts'
import type { Ending } from './news.ts'
import {
  bodyOf,
  emptyStatus,
  markerOf,
  readStatus,
  stepEnded,
  stepStarted,
  withLine,
  type Status,
} from './status.ts'
import { timeLimit } from './time-limit.ts'

/** What the comment is about, and with what it is written. */
export interface CommentOrder {
  readonly action: string
  readonly migration: string
  readonly issue: number
  readonly token: string
  readonly run: WorkflowRun
}

/** A comment that is kept while an action works. */
export interface KeptComment {
  /** The context to work with: lines of progress said there come into the comment now and then. */
  readonly context: ActionContext
  end(ending: Ending): Promise<void>
}

/** GitHub allows a token 1,000 calls an hour and repository; this makes 60 to 90. */
const everyMs = 120_000
/** A comment is never worth a wait, least of all once the run was cancelled. */
const patience = { ms: 8000, cancelledMs: 2000 }

/** Says in the status comment that the action works, and how far it is. Never throws: GitHub's refusals are warned of, once. */
export async function keepComment(order: CommentOrder, context: ActionContext): Promise<KeptComment> {
  const { repository } = order.run
  const comments = statusComments(order.token, repository, order.issue, markerOf(order.migration))
  let line = ''
  let told = ''
  let warned = false
  let busy: Promise<void> = Promise.resolve()
  const change = (with_: (status: Status) => Status, last = false): Promise<void> => {
    // One after the other: two of our own must not write over each other.
    busy = busy.then(async () => {
      const { signal: limit, clear } = timeLimit(context.signal, patience)
      try {
        // Only what the comment says at the end is worth another second of a run that was cancelled.
        await update(
          comments,
          order.migration,
          with_,
          last ? limit : AbortSignal.any([limit, context.signal]),
        )
      } catch (error) {
        if (!warned && (last || !context.signal.aborted))
          context.log.warn(`the status comment on #${order.issue} is not up to date: ${why(error)}`)
        warned ||= last || !context.signal.aborted
      } finally {
        clear()
      }
    })
    return busy
  }
  const at = () => new Date(context.clock.now()).toISOString()
  const { action, run } = order
  await change((status) => stepStarted(status, { action, at: at(), url: run.url }))
  const timer = setInterval(() => {
    if (line === told) return
    told = line
    const text = line
    void change((status) => withLine(status, text, at()))
  }, everyMs)
  timer.unref()
  return {
    context: { ...context, log: listening(context.log, (text) => (line = text)) },
    end: async (ending) => {
      clearInterval(timer)
      await change(
        (status) =>
          stepEnded(
            line === '' ? status : withLine(status, line, at()),
            { action, at: at(), url: run.url },
            ending,
          ),
        true,
      )
    },
  }
}

/** Reads, changes and writes; another run that wrote in between is read again. */
async function update(
  comments: StatusComments,
  migration: string,
  change: (status: Status) => Status,
  signal: AbortSignal,
): Promise<void> {
  const mostAttempts = 3
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const found = await comments.find(signal)
    const body = bodyOf(change(readStatus(found?.body ?? '') ?? emptyStatus(migration)))
    const written = await comments.write(found?.id, body, signal)
    if (written === body) return
  }
}

/** The lines in which the waits say how far they are: each begins with its word. */
const progress = /^(?:full-load|marker|compared) /u

function listening(log: Log, take: (line: string) => void): Log {
  return {
    ...log,
    line: (text) => {
      if (progress.test(text)) take(text)
      log.line(text)
    },
  }
}

function why(error: unknown): string {
  const status = answerStatus(error)
  if (status === 403 || status === 404)
    return `GitHub answered ${String(status)}: give the job \`issues: write\` (\`pull-requests: write\` for a pull request), and check the number`
  return error instanceof Error ? error.message : String(error)
}
