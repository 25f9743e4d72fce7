import type { Session } from '../postgres/session.ts'
import { MigrationError, refuseProblems, withSections, type Problem } from '../runtime/errors.ts'
import { evidenceSections } from './evidence-table.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'
import { judgeEvidence } from './readiness.ts'
import { refuseOutsideWindow } from './window.ts'

/**
 * Window, evidence and plan judged again after the approval, before anything is made in either database, not even a function. Only for
 * a cutover that is to begin: one past its commit point is finished whatever has drifted. Throws `refused` with each
 * difference, and with each number beside its threshold and what the reviewer saw.
 */
export async function refuseDrift(
  order: CutoverOrder,
  source: Session,
  ports: Pick<CutoverPorts, 'verifyPlan'>,
): Promise<void> {
  const { evidence: found, plan, run } = order
  await refuseOutsideWindow(source, run.direction, plan.cutover.window)
  const problems: Problem[] = run.direction === 'forward' ? judgeEvidence(found, plan, run.planDigest) : []
  const sections = problems.length === 0 ? [] : evidenceSections(order)
  try {
    await ports.verifyPlan(source)
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code !== 'refused') throw error
    if (problems.length === 0) throw error
    problems.push(...error.problems)
  }
  try {
    refuseProblems('refused', problems)
  } catch (error) {
    throw withSections(error, sections)
  }
}
