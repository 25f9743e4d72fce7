import { workflowRun } from '../github/run.ts'
import type { Migration } from '../migration/schema.ts'
import { asMigrationError } from '../runtime/errors.ts'
import type { ActionContext, Outcome } from '../runtime/run-action.ts'
import { newsOf, type Ending } from './news.ts'

/** What telling needs to know of an action's inputs. */
export interface TellingInputs {
  readonly 'dry-run': boolean
  /** For the status comment; an action without it keeps none. */
  readonly 'github-token'?: string | undefined
}

/**
 * Runs an action and tells of it whom the migration file names: messages by webhook or SNS at its end, and the status comment
 * while it works. The one place for all actions; what it loads, it loads only where the file asks. A dry run tells nobody.
 * Gives and throws what `work` does, whatever becomes of the messages.
 */
export async function telling(
  action: string,
  migration: Migration | undefined,
  inputs: TellingInputs,
  context: ActionContext,
  work: (context: ActionContext) => Promise<Outcome>,
): Promise<Outcome> {
  if (migration === undefined || inputs['dry-run']) return work(context)
  const comment = await openComment(action, migration, inputs, context)
  try {
    const outcome = await work(comment?.context ?? context)
    await Promise.all([tell(action, migration, context, { outcome }), comment?.end({ outcome })])
    return outcome
  } catch (thrown) {
    const ending = { error: asMigrationError(thrown) }
    // At once: a cancelled run has seconds.
    await Promise.all([tell(action, migration, context, ending), comment?.end(ending)])
    throw thrown
  }
}

async function tell(
  action: string,
  migration: Migration,
  context: ActionContext,
  ending: Ending,
): Promise<void> {
  if (migration.notify.length === 0) return
  const { repository, runId, attempt, url } = workflowRun()
  const run = { repository, id: runId, attempt, url }
  const news = newsOf({ migration: migration.name, action, run }, ending)
  if (news === undefined) return
  const { deliver } = await import('./deliver.ts')
  await deliver(news, migration, context)
}

async function openComment(
  action: string,
  migration: Migration,
  inputs: TellingInputs,
  context: ActionContext,
) {
  const issue = migration['status-comment']?.issue
  if (issue === undefined) return undefined
  const token = inputs['github-token'] ?? ''
  if (token === '') {
    context.log.warn(`the status comment is not kept: ${action} has no github-token`)
    return undefined
  }
  const { keepComment } = await import('./keep-comment.ts')
  return keepComment({ action, migration: migration.name, issue, token, run: workflowRun() }, context)
}
