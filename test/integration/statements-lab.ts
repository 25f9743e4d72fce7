import { readPlan } from '../../shared/control/plan-store.ts'
import { createFenceFunctions, createOpeningFunctions } from '../../shared/cutover/statements.ts'
import type { Plan } from '../../shared/migration/plan.ts'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'

/** A lab whose databases have the functions of a cutover, as its check installs them, and the plan that is kept there. */
export async function openStatementsLab(
  label: string,
): Promise<{ readonly lab: CutoverLab; readonly plan: Plan }> {
  const lab = await openCutoverLab(label, '  freeze-budget: 20s\n  watch: 200ms\n')
  const [source, target] = [await lab.stack.pair.session('source'), await lab.stack.pair.session('target')]
  const plan = await readPlan(source, 'shop', lab.digest)
  await source.query(createFenceFunctions)
  await target.query(createOpeningFunctions)
  await Promise.all([source.close(), target.close()])
  return { lab, plan }
}

/** A workflow run that cuts the sample over, but for the plan's digest. */
export const workflowRun = {
  migration: 'shop',
  direction: 'forward' as const,
  runId: '1',
  attempt: 1,
  evidenceId: null,
}
