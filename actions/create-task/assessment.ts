import type { IndividualAssessment } from '../../shared/dms/assessment-runs.ts'
import type { Problem } from '../../shared/runtime/errors.ts'

/** What DMS's premigration assessment said of one task. */
export interface Assessment {
  readonly task: string
  /** Status of the whole run. */
  readonly run: string
  /** What DMS says of a run that failed; empty where it says nothing. */
  readonly failure?: string
  readonly results: readonly IndividualAssessment[]
}

/** Statuses of a run that still goes on (API: ReplicationTaskAssessmentRun.Status). */
const underWay = new Set(['starting', 'running', 'provisioning'])

export function isFinished(status: string): boolean {
  return !underWay.has(status)
}

/** As our own findings are called: what failed or could not be assessed blocks. */
export function severityOf(status: string): 'blocker' | 'warning' | 'passed' {
  if (status === 'passed') return 'passed'
  return status === 'warning' ? 'warning' : 'blocker'
}

/** What of the assessments stands in the way, by `dms.assessment.fail-on`. Pure. */
export function assessmentProblems(
  assessments: readonly Assessment[],
  failOn: 'failed' | 'warning' | 'never',
): Problem[] {
  if (failOn === 'never') return []
  return assessments.flatMap(({ task, run, failure = '', results }) => {
    const bad = results.filter(({ status }) => {
      const severity = severityOf(status)
      return severity === 'blocker' || (severity === 'warning' && failOn === 'warning')
    })
    const remedy =
      'Read the result in the bucket that the file names, mend it, and run the job again; or set `dms.assessment.fail-on: never` after reading it.'
    // A run that broke off has no results to go by: that is no pass.
    if (results.length === 0 || (bad.length === 0 && severityOf(run) === 'blocker'))
      return [
        {
          field: task,
          message: `DMS’s premigration assessment of ${task} ended as “${run}”${failure === '' ? '' : `: ${failure}`}`,
          remedy,
        },
      ]
    return bad.map(({ name, status }) => ({
      field: task,
      message: `DMS’s premigration assessment of ${task}: ${name} is “${status}”`,
      remedy,
    }))
  })
}
