import { assessmentRuns, type AssessmentRun } from '../../shared/dms/assessment-runs.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { refuseProblems } from '../../shared/runtime/errors.ts'
import { poll } from '../../shared/runtime/poll.ts'
import { assessmentProblems, isFinished, type Assessment } from './assessment.ts'
import { plan, type AwsWork } from './aws-work.ts'
import type { EnsuredTask } from './task-step.ts'

export type { Assessment }

/**
 * DMS's own premigration assessment of every task that has not run yet, where the file asks for one; its results are
 * judged by `fail-on`. One that was made for this plan is read, not made again. Throws `refused` with what it found.
 */
export async function assess(
  work: AwsWork,
  migration: Migration,
  tasks: readonly EnsuredTask[],
): Promise<readonly Assessment[]> {
  const wanted = migration.dms.assessment
  if (wanted === undefined) return []
  const port = assessmentRuns(work.client, work.context.signal)
  const assessments: Assessment[] = []
  for (const task of tasks) {
    // Two tasks may not have assessments of the same name.
    const name = `${task.identifier}-${work.tags.planDigest.slice(0, 12)}`
    if (work.dryRun && !task.arn.startsWith('arn:')) {
      plan(work, 'StartReplicationTaskAssessmentRun', {
        ReplicationTaskArn: task.arn,
        AssessmentRunName: name,
        ResultLocationBucket: wanted.bucket,
        ServiceAccessRoleArn: wanted.role,
      })
      continue
    }
    const run = await assessTask(work, task, name, wanted)
    if (run === undefined) continue
    assessments.push({ task: task.identifier, run: run.status, results: await port.results(run.arn) })
  }
  refuseProblems('refused', assessmentProblems(assessments, wanted['fail-on']))
  return assessments
}

async function assessTask(
  work: AwsWork,
  task: EnsuredTask,
  name: string,
  wanted: NonNullable<Migration['dms']['assessment']>,
): Promise<AssessmentRun | undefined> {
  const { clock, signal, log } = work.context
  const port = assessmentRuns(work.client, signal)
  const find = async () => (await port.describe(task.arn)).find((run) => run.name === name)
  if ((await find()) === undefined) {
    // A task that has run cannot be assessed any more (API: StartReplicationTaskAssessmentRun).
    if (work.dryRun || task.status !== 'ready') return undefined
    const { bucket, role } = wanted
    await port.start({ taskArn: task.arn, name, bucket, role, tags: work.tags })
    const line = `started the premigration assessment ${name} of ${task.identifier}`
    work.changes.push(line)
    log.line(line)
  }
  return poll(
    async () => {
      const run = await find()
      if (run !== undefined && isFinished(run.status)) return { done: true, value: run }
      const status = run?.status ?? 'not visible yet'
      return { done: false, reason: `the assessment of ${task.identifier} is ${status}`, progress: status }
    },
    {
      clock,
      signal,
      deadlineMs: 3_600_000,
      what: `the premigration assessment of ${task.identifier}`,
      remedy: 'Look at it in the DMS console, then run the job again; or leave `dms.assessment` out.',
      onReason: (reason) => log.line(reason),
    },
  )
}
