import { workflowRun } from '../github/run.ts'
import { readMigrationFile } from '../migration/migration-file.ts'
import { fromMain } from '../runtime/post-state.ts'
import { runPost } from '../runtime/run-action.ts'
import { tidyUp } from './tidy-up.ts'

/**
 * What a `post` step does: where main began something and did not finish it, it is tidied up as far as it lies before its
 * commit point. It never does anything else.
 */
export async function tidyInPost(action: 'cutover' | 'fall-back'): Promise<void> {
  await runPost(action, async (context) => {
    // Nothing was begun, or everything was finished: nothing to tidy up.
    if (fromMain('generation') === '' || fromMain('finished') === 'true') return
    const { INPUT_MIGRATION: file = '', INPUT_DATABASE: database = '' } = process.env
    const migration = await readMigrationFile(file, database === '' ? undefined : database)
    const { runId, attempt } = workflowRun()
    const tidied = await tidyUp(
      migration,
      { direction: action === 'cutover' ? 'forward' : 'back', runId, attempt, by: 'post' },
      context,
    )
    context.log.line(tidied.sentence)
  })
}
