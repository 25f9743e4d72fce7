import { judgeUncarried } from '../control/judge-uncarried.ts'
import { readCompared } from '../control/read-compared.ts'
import { hasDoubts, readUncarried } from '../control/uncarried.ts'
import { switchName } from '../migration/planned-switch.ts'
import { refuseProblems } from '../runtime/errors.ts'
import { readApplyErrors } from '../waiting/apply-errors.ts'
import { judgeApplyErrors } from '../waiting/judge-apply-errors.ts'
import { readGuard } from '../target/guard.ts'
import { plannedTables } from './opening.ts'
import { readLockTargets } from './pause.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'
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
  const problems = [...judgeEvidence(order.evidence, plan, order.run.planDigest)]
  const source = await ports.openFrom(ports.signal, { default_transaction_read_only: 'on' })
  try {
    const target = await ports.openTo(ports.signal, { default_transaction_read_only: 'on' })
    try {
      await ports.verifyPlan(source)
      const guard = await readGuard(target, plan.migration)
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
            (await ports.tasks(plan.tasks.map(({ identifier }) => identifier))).map(
              ({ externalId }) => externalId,
            ),
          ),
        ),
      )
      refuseProblems('refused', problems)
      const { tables, lockList } = await readLockTargets(source, plannedTables(plan))
      return {
        migration: plan.migration,
        tables,
        sequences: plan.sequences.length,
        predictedFreezeMs: order.evidence?.evidence.predictedFreezeMs,
        statements: [
          `check: try the fence and the opening and take them back; send a marker through ${plan.tasks.length} task(s)`,
          `source: LOCK TABLE ${tables > 5 ? `(${tables} tables)` : lockList} IN SHARE UPDATE EXCLUSIVE MODE, then IN SHARE MODE in attempts of 40 ms`,
          'source: write one marker for each task; target: wait for all of them',
          'source: refusing trigger on every table, REVOKE of every grant to write, ALTER DATABASE … SET default_transaction_read_only = on, decision `committed`; COMMIT is the commit point',
          `source: end all sessions but ours and those of ${ports.dmsFromUser}; try a write as ${plan.cutover.applicationRoles.join(', ')}`,
          `target: ${ports.dmsToUser} loses LOGIN and writing; ${plan.relaxedColumns.length} NOT NULL back as checks; ${plan.sequences.length} sequences; guard lifted; COMMIT opens`,
          ...plan.cutover.switches.map((entry) => `${switchName(entry)}: points at the target`),
          `stragglers on the source: ${plan.cutover.stragglers}; DMS StopReplicationTask: ${plan.tasks.map((task) => task.identifier).join(', ')}`,
        ],
      }
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}
