import { judgeUncarried } from '../control/judge-uncarried.ts'
import { readCompared } from '../control/read-compared.ts'
import { hasDoubts, readUncarried } from '../control/uncarried.ts'
import { switchName } from '../migration/planned-switch.ts'
import { refuseProblems } from '../runtime/errors.ts'
import { readApplyErrors } from '../waiting/apply-errors.ts'
import { judgeApplyErrors } from '../waiting/judge-apply-errors.ts'
import { carriedPlan, readClosure } from './carried-plan.ts'
import { plannedTables } from './opening.ts'
import { readLockTargets } from './pause.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'
import { chooseFence, judgeLockSlots, readLockSlots, type Fence } from './read-only/choose-fence.ts'
import { judgeCompared, judgeEvidence } from './readiness.ts'

/** What the cutover itself would refuse table by table. */
const nothingRecorded = {
  field: 'source',
  message:
    'it cannot be verified that no table was truncated since its load: nothing was recorded before the load',
  remedy:
    'Run wait-cdc-sync, which notes this as a doubt, then verify-data: where it finds the rows equal, it is settled.',
}

/**
 * Judges what can be judged without writing anything (no control functions, no markers, no rehearsed fence) and says
 * what a real run would do, in order. Throws `refused` with what would refuse it.
 */
export async function rehearseDry(order: CutoverOrder, ports: CutoverPorts) {
  const { plan } = order
  const source = await ports.openFrom(ports.signal, { default_transaction_read_only: 'on' })
  try {
    const target = await ports.openTo(ports.signal, { default_transaction_read_only: 'on' })
    try {
      await ports.verifyPlan(source)
      const carried = await carriedPlan(plan, target)
      const problems = [...judgeEvidence(order.evidence, carried, order.run.planDigest)]
      const guard = await readClosure(target, plan)
      if (!guard.raised || guard.others.length > 0)
        problems.push({
          field: 'target',
          message: 'the target is not guarded',
          remedy: 'Run prepare-target.',
        })
      if (await hasDoubts(source)) {
        const { equal, different } = await readCompared(source, plan, order.run.planDigest)
        const uncarried = judgeUncarried(await readUncarried(source, plan), plan, equal)
        problems.push(...uncarried.problems, ...judgeCompared(different))
      } else problems.push(nothingRecorded)
      problems.push(
        ...judgeApplyErrors(
          await readApplyErrors(
            target,
            plan,
            (await ports.tasks(carried.tasks.map(({ identifier }) => identifier))).map(
              ({ externalId }) => externalId,
            ),
          ),
        ),
      )
      refuseProblems('refused', problems)
      const { tables, lockList, fenceTables } = await readLockTargets(source, plannedTables(plan))
      const closed = (JSON.parse(fenceTables) as unknown[]).length
      const slots = await readLockSlots(source)
      const fence = chooseFence(plan.cutover.fence, closed, slots)
      refuseProblems('refused', judgeLockSlots(fence, closed, slots))
      return {
        migration: plan.migration,
        tables,
        sequences: plan.sequences.length,
        predictedFreezeMs: order.evidence?.evidence.predictedFreezeMs,
        statements: [
          `check: try the fence and the opening and take them back; send a marker through ${plan.tasks.length} task(s)`,
          ...fenceSteps[fence](tables > 5 ? `(${tables} tables)` : lockList),
          `source: end all sessions but ours and those of ${ports.dmsFromUser}; try a write as ${plan.cutover.applicationRoles.join(', ')}`,
          `target: ${ports.dmsToUser} loses LOGIN and writing; ${plan.relaxedColumns.length} NOT NULL back as checks; ${plan.sequences.length} sequences; guard lifted; COMMIT opens`,
          ...plan.cutover.switches.map((entry) => `${switchName(entry)}: points at the target`),
          `stragglers on the source: ${plan.cutover.stragglers}; DMS StopReplicationTask: ${carried.tasks.map((task) => task.identifier).join(', ')}`,
        ],
      }
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

const drainStep = 'source: write one marker for each task; target: wait for all of them'

/** From the pause to the commit point. */
const fenceSteps: Readonly<Record<Fence, (tables: string) => string[]>> = {
  lock: (tables) => [
    `source: LOCK TABLE ${tables} IN SHARE UPDATE EXCLUSIVE MODE, then IN SHARE MODE in attempts of 40 to 400 ms`,
    drainStep,
    'source: refusing trigger on every table, REVOKE of every grant to write, ALTER DATABASE … SET default_transaction_read_only = on, decision `committed`; COMMIT is the commit point',
  ],
  'read-only': (tables) => [
    'source: a session of its own that gives everything back when the freeze’s budget is over (the dead-man), seen at its work',
    'source: REVOKE of every grant to write, ALTER DATABASE … SET default_transaction_read_only = on, decision `fenced`; then all sessions but ours and DMS’s end',
    `source: refusing trigger on ${tables}, one table after the other, in attempts of 40 ms`,
    drainStep,
    'source: decision `committed`, against the dead-man; COMMIT is the commit point',
  ],
}
