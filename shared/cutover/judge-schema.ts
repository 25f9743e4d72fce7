import type { Session } from '../postgres/session.ts'
import { MigrationError, type Problem } from '../runtime/errors.ts'
import { readOpenedSchema } from './opened-since.ts'
import type { CutoverOrder, CutoverPorts } from './ports.ts'

/**
 * The schema of the database that is left. The source's is the plan's, built anew from file and catalogue; the target's is
 * that with which it was opened.
 */
export async function judgeSchema(
  from: Session,
  { plan, run }: CutoverOrder,
  ports: CutoverPorts,
  openedBy: bigint | undefined,
): Promise<{ problems: readonly Problem[]; fingerprint: string }> {
  if (run.direction === 'forward') {
    try {
      await ports.verifyPlan(from)
    } catch (error) {
      if (!(error instanceof MigrationError) || error.code !== 'refused') throw error
      return { problems: error.problems, fingerprint: plan.sourceFingerprint }
    }
    return { problems: [], fingerprint: plan.sourceFingerprint }
  }
  const opened = openedBy === undefined ? undefined : await readOpenedSchema(from, plan, openedBy)
  const fingerprint = await ports.readFingerprint(from)
  if (opened === fingerprint) return { problems: [], fingerprint }
  const { names } = ports
  return {
    fingerprint,
    problems: [
      opened === undefined
        ? {
            field: names.from,
            message: `it cannot be verified that the schema of the ${names.from} is the one with which it was opened: that was not kept`,
            remedy: 'Run cutover again with the same inputs: it finishes what is left.',
          }
        : {
            field: names.from,
            message: `the schema of the ${names.from} has changed since it was opened: what was added there is not carried back`,
            remedy: `Undo the change on the ${names.from}, or make it on the ${names.to} by hand and go back without this action.`,
          },
    ],
  }
}
