import type { Session } from '../postgres/session.ts'
import { abortDecision, writeJournal } from './decision.ts'
import { pauseAll, resumeAll } from './pausers/pausers-of.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'
import { readHeldClientsStatement } from './statements.ts'

/**
 * Has everybody pause who holds clients still around the freeze, written down first: whoever tidies up after this run lets
 * them go on. Where one cannot, the others have been let go, the decision is taken back, and its error is thrown.
 */
export async function holdClients(
  from: Session,
  { plan, run }: CutoverOrder,
  { pausers, signal, log }: CutoverPorts,
  generation: bigint,
): Promise<void> {
  if (pausers.length === 0) return
  const names = pausers.map(({ name }) => name)
  await writeJournal(from, run, generation, 'pausing-clients', { names })
  try {
    await pauseAll(pausers, signal, plan.cutover.freezeBudgetMs)
    log.line(`clients are held: ${names.join(', ')}`)
  } catch (error) {
    // What could not be let go at once, say a node that is away, is for whoever tidies up after this run.
    const left = await resumeAll(pausers)
    await writeJournal(from, run, generation, 'resumed-clients', { left })
    await abortDecision(from, run, generation, 'pause')
    throw error
  }
}

/** Lets them go on after an attempt that ended before its commit point. Never throws: what stays held is said. */
export async function releaseClients(
  { run }: CutoverOrder,
  { pausers, openFrom, log }: CutoverPorts,
  generation: bigint,
): Promise<void> {
  if (pausers.length === 0) return
  const left = await resumeAll(pausers)
  for (const line of left) log.warn(line)
  try {
    const session = await openFrom(new AbortController().signal, {}, 2000)
    try {
      await writeJournal(session, run, generation, 'resumed-clients', { left })
    } finally {
      await session.close()
    }
  } catch {
    log.warn('that clients were let go could not be written down: the post step lets them go once more')
  }
}

/** Whether a run of that generation had clients held and nobody wrote down that they were let go. */
export async function readHeldClients(
  from: Session,
  migration: string,
  generation: bigint,
): Promise<boolean> {
  const [row] = await from.query<{ held: boolean }>(readHeldClientsStatement, [
    migration,
    generation.toString(),
  ])
  return row?.held === true
}
