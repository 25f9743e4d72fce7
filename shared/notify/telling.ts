import { workflowRun } from '../github/run.ts'
import type { Migration } from '../migration/schema.ts'
import { asMigrationError } from '../runtime/errors.ts'
import type { ActionContext, Outcome } from '../runtime/run-action.ts'
import { newsOf, type Ending, type News } from './news.ts'

/** Something that cannot wait until the action has ended: what is wrong, and what to do about it. */
export interface Trouble {
  readonly message: string
  readonly remedy: string
}

/** What telling needs to know of an action's inputs. */
export interface TellingInputs {
  readonly 'dry-run': boolean
  /** For the status comment; an action without it keeps none. */
  readonly 'github-token'?: string | undefined
}

/**
 * Runs an action and tells of it whom the migration file names: messages by webhook or SNS at its end, and the status comment
 * while it works. `work` may tell of trouble on its way, which delays nothing. The one place for all actions; what it loads,
 * it loads only where the file asks. A dry run tells nobody. Gives and throws what `work` does, whatever becomes of the
 * messages.
 */
export async function telling(
  action: string,
  migration: Migration | undefined,
  inputs: TellingInputs,
  context: ActionContext,
  work: (context: ActionContext, tellTrouble: (trouble: Trouble) => void) => Promise<Outcome>,
): Promise<Outcome> {
  if (migration === undefined || inputs['dry-run']) return work(context, () => undefined)
  const comment = await quietly(context, async () => openComment(action, migration, inputs, context))
  const { repository, runId, attempt, url } = workflowRun()
  const about = { migration: migration.name, action, run: { repository, id: runId, attempt, url } }
  const tell = async (news: () => News | undefined) =>
    quietly(context, async () => send(news(), migration, context))
  const underWay = new Set<Promise<void>>()
  const tellTrouble = ({ message, remedy }: Trouble) => {
    const told = tell(() => ({ ...about, event: 'trouble', headline: message, next: remedy, figures: {} }))
    underWay.add(told)
    void told.finally(() => underWay.delete(told))
  }
  const end = async (ending: Ending) =>
    // All at once: a cancelled run has seconds.
    Promise.all([
      ...underWay,
      tell(() => newsOf(about, ending)),
      quietly(context, async () => comment?.end(ending)),
    ])
  let outcome: Outcome
  try {
    outcome = await work(comment?.context ?? context, tellTrouble)
  } catch (thrown) {
    await end({ error: asMigrationError(thrown) })
    throw thrown
  }
  await end({ outcome })
  return outcome
}

/** Whatever goes wrong in telling is said in the log, and stops nothing. */
async function quietly<T>(context: ActionContext, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    context.log.warn(`nobody could be told: ${asMigrationError(error).message}`)
    return undefined
  }
}

async function send(news: News | undefined, migration: Migration, context: ActionContext): Promise<void> {
  if (news === undefined || migration.notify.length === 0) return
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
