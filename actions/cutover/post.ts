import { sideLogin } from '../../shared/databases/open-database.ts'
import { tidyAfter } from '../../shared/cutover/tidy-after.ts'
import { workflowRun } from '../../shared/github/run.ts'
import { readMigrationFile } from '../../shared/migration/migration-file.ts'
import { withSession } from '../../shared/postgres/session.ts'
import { fromMain } from '../../shared/runtime/post-state.ts'
import { runPost } from '../../shared/runtime/run-action.ts'

/**
 * Runs after the job, also a failed or cancelled one: reads the journal and, where the run ended before its commit
 * point, ends its lock session and writes the abort down. It never does anything else.
 */
export async function post(): Promise<void> {
  await runPost('cutover', async ({ log, signal }) => {
    const generation = fromMain('generation')
    // Nothing was begun, or everything was finished: nothing to tidy up.
    if (generation === '' || fromMain('finished') === 'true') return
    const { INPUT_MIGRATION: file = '', INPUT_DATABASE: database = '' } = process.env
    const migration = await readMigrationFile(file, database === '' ? undefined : database)
    const login = await sideLogin(migration, 'source', signal)
    const run = workflowRun()
    await withSession(
      login,
      { label: 'source', application: 'aurora-migration cutover post', signal },
      async (source) => {
        log.line(
          await tidyAfter(source, {
            migration: migration.name,
            direction: 'forward',
            runId: run.runId,
            attempt: run.attempt,
            generation: BigInt(generation),
            lockPid: Number(fromMain('lockPid')),
          }),
        )
      },
    )
  })
}
