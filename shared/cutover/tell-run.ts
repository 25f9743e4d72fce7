import type { Approval } from '../approval/approval.ts'
import type { WorkflowRun } from '../github/run.ts'
import type { DatabaseName } from '../migration/direction.ts'
import type { Session } from '../postgres/session.ts'
import { asMigrationError, withSections } from '../runtime/errors.ts'
import type { Outcome } from '../runtime/run-action.ts'
import type { AuditFacts } from './build-audit.ts'
import { keepAudit } from './keep-audit.ts'
import { cutoverOutcome } from './outcome.ts'
import type { PastFreezes } from './past-freezes.ts'
import { ofDatabase, type CutoverOrder, type CutoverPorts } from './ports.ts'
import type { CutoverResult } from './run-cutover.ts'
import { unapproved } from './summary.ts'
import { readTrueNow, trueNowText, type TrueNow } from './true-now.ts'
import type { WayBackState } from './way-back/way-back-state.ts'

/** A run of cutover or fall-back, and what is told of it besides what it does. */
export interface ToldRun {
  readonly order: CutoverOrder
  readonly approval: Approval
  readonly run: WorkflowRun
  readonly past: PastFreezes
  readonly ports: CutoverPorts
  /** Where the record goes. */
  readonly auditPath: string
  readonly work: () => Promise<CutoverResult>
}

/** How long a database may take to let a session of the record in. */
const connectMs = 5000

/**
 * Does the work and tells of it: summary and outputs where it goes through, what is true of both databases where it does not;
 * in both cases the record, once anything was begun. Throws what the work throws, with that.
 */
export async function tellRun(told: ToldRun): Promise<Outcome> {
  const { ports, order } = told
  let result: CutoverResult
  try {
    result = await told.work()
  } catch (thrown) {
    const failure = asMigrationError(thrown)
    const now = await readTrueNow(ofBoth(ports, 1500), order.run.migration)
    if (began(now, order)) {
      // A cancelled run has seconds.
      const soon = ofBoth(ports, 1000)
      const facts = { ...recorded(told), result: undefined, switches: [], wayBack: undefined }
      await keepAudit({ ...facts, failure, standing: now }, soon, told.auditPath)
      ports.log.line(`the record of this run: ${told.auditPath}`)
    }
    const { direction } = order.run
    const shout = unapproved(direction === 'forward' ? 'cutover' : 'fall-back', told.approval)
    throw withSections(failure, [...(shout === '' ? [] : [shout]), trueNowText(now)])
  }
  const kept = await keepAudit(
    {
      ...recorded(told),
      result,
      switches: result.switches,
      wayBack: order.plan.cutover.fallBack ? await stateOfWayBack(told, result) : undefined,
      failure: undefined,
      standing: undefined,
    },
    ofBoth(ports, connectMs),
    told.auditPath,
  )
  return cutoverOutcome(result, kept)
}

/** Undefined where it could not be asked: the summary says that, and how to ask again. */
async function stateOfWayBack(
  { ports, order }: ToldRun,
  { generation }: CutoverResult,
): Promise<WayBackState | undefined> {
  const sessions: Session[] = []
  try {
    const signal = new AbortController().signal
    const from = await ports.openFrom(signal, {}, connectMs)
    sessions.push(from)
    const to = await ports.openTo(signal, {}, connectMs)
    sessions.push(to)
    return await ports.wayBack.state({ order, generation, carried: [], from, to })
  } catch (error) {
    ports.log.warn(`how the way back stands could not be read: ${asMigrationError(error).message}`)
    return undefined
  } finally {
    await Promise.all(sessions.map((session) => session.close()))
  }
}

function recorded({
  order,
  approval,
  run,
  past,
  ports,
}: ToldRun): Pick<
  AuditFacts,
  'order' | 'approval' | 'run' | 'commit' | 'release' | 'past' | 'now' | 'phases'
> {
  const { GITHUB_SHA: commit = '', GITHUB_ACTION_REF: release = '' } = process.env
  return { order, approval, run, commit, release, past, now: ports.clock.now(), phases: ports.phases }
}

/** A run that was refused before it began has changed nothing, and its record is the job's log. */
function began({ source, target }: TrueNow, { run }: CutoverOrder): boolean {
  return [source, target].some(
    (row) => typeof row !== 'string' && row.ours && row.runId === run.runId && row.attempt === run.attempt,
  )
}

function ofBoth(
  ports: CutoverPorts,
  connectTimeoutMs: number,
): Record<DatabaseName, (signal?: AbortSignal) => Promise<Session>> {
  const open = (database: DatabaseName) => {
    const how = ofDatabase(ports.names, { from: ports.openFrom, to: ports.openTo }, database)
    // Not with the signal of the run: a run that was cancelled is told of, too.
    return (signal = new AbortController().signal) => how(signal, {}, connectTimeoutMs)
  }
  return { source: open('source'), target: open('target') }
}
