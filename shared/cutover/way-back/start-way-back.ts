import { computeOf } from '../../dms/compute.ts'
import { replications } from '../../dms/replications.ts'
import { workflowRun } from '../../github/run.ts'
import { plannedTables } from '../../migration/plan-schemas.ts'
import { ensureStarted, ensureTask, existingTasks, type EnsuredTask } from '../../replication/ensure-task.ts'
import { performChange, type DatabaseChange } from '../../target/database-change.ts'
import { notNullChange } from '../../target/not-null.ts'
import { triggersChange } from '../../target/set-aside.ts'
import { carrierTask } from './carrier-task.ts'
import { ensureWayBackEndpoints, testWayBackConnections } from './endpoints.ts'
import { prove, type ProvedWayBack } from './prove.ts'
import { carrierRightsChange, installFunctions } from './rights.ts'
import { slotPositions } from './slots.ts'
import { stopCarried, stopPatienceMs } from './stop-carried.ts'
import { wayBackOf, type WayBack, type WayBackContext } from './way-back.ts'

export type StartedWayBack =
  | ({
      readonly kind: 'proved'
      readonly tasks: readonly EnsuredTask[]
      readonly changes: readonly string[]
    } & ProvedWayBack)
  /** `fall-back: false`: the tasks are stopped and their slots dropped, and nothing leads back. */
  | { readonly kind: 'none'; readonly changes: readonly string[] }

/**
 * After the opening and the switch: whoever carried rows until now is stopped and their slots on the database that was left
 * are dropped; then DMS's other user may write there, the tasks of the way back are made from their slots' positions and
 * started, and a marker goes through every one of them. In this order: two directions at once would write old values over new ones,
 * for ever. Can be run again after whatever it was killed in. Throws where there is no way back, saying what is true.
 */
export async function startWayBack(
  given: WayBackContext,
  patience: { readonly stopMs: number } = { stopMs: stopPatienceMs },
): Promise<StartedWayBack> {
  const { fallBack } = given.plan.cutover
  const wayBack = fallBack ? await wayBackOf(given) : withoutWayBack(given)
  const { work } = wayBack
  await installFunctions(wayBack.from.session, wayBack.to.session, fallBack ? wayBack.carriers : [])
  await stopCarried(wayBack, patience.stopMs)
  if (!fallBack) return { kind: 'none', changes: work.changes }

  await setAside(wayBack)
  await letRead(wayBack)
  const port = replications(computeOf(given.migration), given.client, given.context.signal)
  const planned = wayBack.carriers.map((carrier) => carrierTask(given.plan, carrier))
  const existing = await existingTasks(work, port, planned)
  // A task that has run goes on from its own position, whatever became of its slot.
  const fresh = planned.some(({ identifier }) => (existing.get(identifier)?.status ?? 'ready') === 'ready')
  const positions = fresh ? await slotPositions(wayBack) : new Map<string, string>()
  const endpoints = await ensureWayBackEndpoints(wayBack)
  await testWayBackConnections(wayBack, endpoints)
  const started: EnsuredTask[] = []
  for (const [index, task] of planned.entries()) {
    const parts = {
      source: endpoints.readers[index]?.arn ?? '',
      target: endpoints.writer.arn,
      compute: endpoints.compute.ofTask(index),
    }
    const ensured = await ensureTask(work, port, task, parts, existing.get(task.identifier))
    started.push(await ensureStarted(work, port, ensured, positions.get(task.slot ?? '')))
  }
  const proved = await prove(
    wayBack,
    port,
    started.map(({ arn }) => arn),
  )
  return { kind: 'proved', tasks: started, changes: work.changes, ...proved }
}

/**
 * What a load is prepared by, for rows that come back: DMS writes LOB columns in two steps, so NOT NULL goes off them, and
 * triggers that fire in replica mode would do their work twice. Saved, and put back by `make_whole` in the transaction
 * that opens this database again. Then the user that writes may do so.
 */
async function setAside({ given, from, writer, work }: WayBack): Promise<void> {
  const { plan, context } = given
  const { session, name } = from
  const tables = plannedTables(plan)
  const changes: (DatabaseChange | undefined)[] = [
    await notNullChange(session, plan),
    await triggersChange(session, tables, { ...plan.duringLoad, 'replica-role': 'endpoint' }),
    await carrierRightsChange(session, name, { tables, user: writer.user, role: 'writes' }),
  ]
  for (const change of changes) {
    if (change === undefined) continue
    const here = { ...change, side: name }
    await performChange(session, here, { migration: plan.migration, run: workflowRun(), log: context.log })
    work.changes.push(`${name}: ${change.title}`)
  }
}

/** The opening has put CONNECT back as it was before the guard: DMS's user that reads here may need it. */
async function letRead({ given, to, reader, work }: WayBack): Promise<void> {
  const { plan, context } = given
  const tables = plannedTables(plan)
  const change = await carrierRightsChange(to.session, to.name, { tables, user: reader.user, role: 'reads' })
  if (change === undefined) return
  await performChange(to.session, change, { migration: plan.migration, run: workflowRun(), log: context.log })
  work.changes.push(`${to.name}: ${change.title}`)
}

/** What stopping needs where the file names no logins for a way back. */
function withoutWayBack(given: WayBackContext): WayBack {
  const [from, to] =
    given.direction === 'forward' ? (['source', 'target'] as const) : (['target', 'source'] as const)
  const nobody = { user: '', secret: { host: '', port: 0, username: '', password: '' } }
  return {
    given,
    direction: given.direction === 'forward' ? 'back' : 'forward',
    from: { name: from, session: given[from], login: given[`${from}Login`] },
    to: { name: to, session: given[to], login: given[`${to}Login`] },
    reader: { side: to, ...nobody },
    writer: { side: from, ...nobody },
    carriers: [],
    work: {
      client: given.client,
      context: given.context,
      control: given.source,
      tags: { migration: given.plan.migration, planDigest: given.run.planDigest, runId: given.run.runId },
      dryRun: false,
      changes: [],
    },
  }
}
