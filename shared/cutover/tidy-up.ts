import { sideLogin } from '../databases/open-database.ts'
import { sidesOf, type Direction } from '../migration/direction.ts'
import type { Migration } from '../migration/schema.ts'
import { withSession } from '../postgres/session.ts'
import type { ActionContext } from '../runtime/run-action.ts'
import { readDecision, writeJournal } from './decision.ts'
import { pausedParties, pausersOf, resumeAll } from './pausers/pausers-of.ts'
import { openClientTools } from './switchers/client-tools.ts'
import { readHeldClients } from './held-clients.ts'
import { tidyAfter, type Tidied } from './tidy-after.ts'

/** Who tidies up: a `post` step after its own job, or a job of its own in the same workflow run. */
export interface Tidier {
  readonly direction: Direction
  readonly runId: string
  readonly attempt: number
  readonly by: 'post' | 'abort job'
}

/**
 * Takes back what a run of this workflow run left before its commit point: its lock session ended or its fence given back,
 * its decision aborted, clients let go that it held. Past the commit point it touches nothing. Says what is true now.
 */
export async function tidyUp(migration: Migration, tidier: Tidier, context: ActionContext): Promise<Tidied> {
  const { from } = sidesOf(tidier.direction)
  const login = await sideLogin(migration, from, context.signal)
  return withSession(
    login,
    { label: from, application: `aurora-migration ${tidier.by}`, signal: context.signal },
    async (session) => {
      const tidied = await tidyAfter(session, { ...tidier, migration: migration.name })
      const decision = await readDecision(session, migration.name)
      if (tidied.state === 'past-commit-point' || decision?.runId !== tidier.runId) return tidied
      const { generation } = decision
      if (!(await readHeldClients(session, migration.name, generation))) return tidied
      const tools = openClientTools(migration, context)
      try {
        const left = await resumeAll(pausersOf(pausedParties(migration), tools))
        const run = { ...tidier, migration: migration.name, planDigest: '', evidenceId: null }
        await writeJournal(session, run, generation, 'resumed-clients', { left, by: tidier.by })
        const held = left.length === 0 ? 'clients that were held go on' : left.join('; ')
        return { ...tidied, sentence: `${tidied.sentence}; ${held}` }
      } finally {
        tools.close()
      }
    },
  )
}
