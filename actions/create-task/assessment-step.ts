import { assessmentRuns, type AssessmentRun } from '../../shared/dms/assessment-runs.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import { refuseProblems } from '../../shared/runtime/errors.ts'
import { poll } from '../../shared/runtime/poll.ts'
import { assessmentProblems, isFinished, type Assessment } from './assessment.ts'
import { plan, type AwsWork } from '../../shared/replication/aws-work.ts'
import type { EnsuredTask } from '../../shared/replication/ensure-task.ts'

export type { Assessment }

/**
 * DMS's own premigration assessment of every task that has not run yet, where the file asks for one; its results are
 * judged by `fail-on`. One that was made for this plan is read, not made again, unless it stands in the way: what it found
 * may be mended by now. Throws `refused` with what it found.
 */
export async function assess(
  work: AwsWork,
  migration: Migration,
  tasks: readonly EnsuredTask[],
): Promise<readonly Assessment[]> {
  const wanted = migration.dms.assessment
  if (wanted === undefined) return []
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
    const assessment = await assessTask(work, task, name, wanted)
    if (assessment !== undefined) assessments.push(assessment)
  }
  refuseProblems('refused', assessmentProblems(assessments, wanted['fail-on']))
  return assessments
}

async function assessTask(
  work: AwsWork,
  task: EnsuredTask,
  name: string,
  wanted: NonNullable<Migration['dms']['assessment']>,
): Promise<Assessment | undefined> {
  const port = assessmentRuns(work.client, work.context.signal)
  const judged = async ({ arn, status, failure }: AssessmentRun): Promise<Assessment> => ({
    task: task.identifier,
    run: status,
    failure,
    results: await port.results(arn),
  })
  const runs = ownRuns(await port.describe(task.arn), name)
  const last = runs.at(-1)
  if (last !== undefined && !isFinished(last.status)) return judged(await finished(work, task, last.name))
  const former = last === undefined ? undefined : await judged(last)
  const inTheWay = former === undefined || assessmentProblems([former], wanted['fail-on']).length > 0
  // A task that has been started is past what an assessment could decide.
  if (!inTheWay || work.dryRun || task.status !== 'ready') return former
  const next = runs.length === 0 ? name : `${name}-${runs.length + 1}`
  return judged(await finished(work, task, next, wanted))
}

/** Those of this plan, the first one first: the name itself, then with a number. */
function ownRuns(runs: readonly AssessmentRun[], name: string): AssessmentRun[] {
  const numbered = runs.flatMap((run) => {
    const [, number] = run.name.startsWith(name)
      ? (/^(?:-(\d+))?$/u.exec(run.name.slice(name.length)) ?? [])
      : []
    const own = run.name === name || number !== undefined
    return own ? [{ run, number: Number(number ?? 1) }] : []
  })
  return numbered.sort((a, b) => a.number - b.number).map(({ run }) => run)
}

/** The run of that name, finished; made first where it is `wanted`. */
async function finished(
  work: AwsWork,
  task: EnsuredTask,
  name: string,
  wanted?: Migration['dms']['assessment'],
): Promise<AssessmentRun> {
  const { clock, signal, log } = work.context
  const port = assessmentRuns(work.client, signal)
  let missing = wanted
  return poll(
    async () => {
      if (missing !== undefined) {
        const { bucket, role } = missing
        if ((await port.start({ taskArn: task.arn, name, bucket, role, tags: work.tags })) !== undefined) {
          missing = undefined
          const line = `started the premigration assessment ${name} of ${task.identifier}`
          work.changes.push(line)
          log.line(line)
        }
      }
      const run = (await port.describe(task.arn)).find((one) => one.name === name)
      if (run !== undefined) missing = undefined
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
