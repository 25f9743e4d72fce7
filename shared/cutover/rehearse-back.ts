import { carriers } from '../migration/carriers.ts'
import type { Plan } from '../migration/plan.ts'
import type { Session } from '../postgres/session.ts'
import { MigrationError, refuseProblems } from '../runtime/errors.ts'
import { readApplyErrors } from '../waiting/apply-errors.ts'
import { judgeApplyErrors } from '../waiting/judge-apply-errors.ts'
import { decideStart } from './decide-start.ts'
import { readDecision } from './decision.ts'
import { judgeCarriers } from './judge-carriers.ts'
import { plannedTables } from './opening.ts'
import { writesSinceOpening } from './opened-since.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'

/** A plan without a way back refuses to go back, and says what that would cost. Reads only. */
export async function refuseWithoutWayBack(target: Session, plan: Plan): Promise<void> {
  if (plan.cutover.fallBack) return
  const decision = await readDecision(target, plan.migration)
  if (decision?.ours !== true || decision.phase !== 'opened') return
  const lost = await writesSinceOpening(target, plan, decision.generation)
  throw new MigrationError(
    'refused',
    `the plan wants no way back (\`fall-back: false\`), and nothing carries rows to the source: ${lost}`,
    {
      remedy:
        'Copy those writes by hand, or migrate in the other direction. The target stays the database; nothing was touched.',
    },
  )
}

/** What a fall-back would do, in order. */
export interface BackRehearsal {
  readonly migration: string
  readonly tables: number
  readonly sequences: number
  readonly statements: readonly string[]
}

/** Judges what can be judged without writing anything, and says what a real run would do. Throws `refused` with what would refuse it. */
export async function rehearseBack(order: CutoverOrder, ports: CutoverPorts): Promise<BackRehearsal> {
  const { plan, run } = order
  const readOnly = { default_transaction_read_only: 'on' }
  const from = await ports.openFrom(ports.signal, readOnly)
  try {
    const to = await ports.openTo(ports.signal, readOnly)
    try {
      const start = decideStart(
        run.direction,
        await readDecision(from, plan.migration),
        await readDecision(to, plan.migration),
        run.planDigest,
      )
      if (start.kind === 'refuse')
        throw new MigrationError('refused', start.message, { remedy: start.remedy })
      const carrying = carriers(plan, run.direction, start.carriedBy)
      const tasks = await ports.tasks(carrying.map(({ identifier }) => identifier))
      if (start.kind === 'fresh') {
        const lost = await writesSinceOpening(from, plan, start.carriedBy ?? 0n)
        refuseProblems('refused', [
          ...judgeCarriers(carrying, tasks, lost),
          ...judgeApplyErrors(
            await readApplyErrors(
              to,
              plan,
              tasks.map(({ externalId }) => externalId),
            ),
          ),
        ])
      }
      return {
        migration: plan.migration,
        tables: plannedTables(plan).length,
        sequences: plan.sequences.length,
        statements: [
          `check: try fence and opening and take them back; send a marker through ${carrying.map(({ identifier }) => identifier).join(', ')}`,
          `${ports.names.from}: pause writers, drain by a marker, fence; COMMIT is the commit point`,
          `${ports.names.from}: end all sessions but ours and those of ${ports.dmsFromUser}; try a write as ${plan.cutover.applicationRoles.join(', ')}`,
          `${ports.names.to}: ${ports.dmsToUser} loses LOGIN and writing; the fence is lifted, rights and settings as they were saved; ${plan.sequences.length} sequences; COMMIT opens`,
          ...ports.switchers.map((switcher) => switcher.describe(ports.toAddress)),
          'DMS: the tasks that carried rows back are stopped, new ones carry them forward again: one can cut over once more',
        ],
      }
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}
