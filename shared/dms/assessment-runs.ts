import {
  paginateDescribeReplicationTaskAssessmentRuns,
  paginateDescribeReplicationTaskIndividualAssessments,
  StartReplicationTaskAssessmentRunCommand,
  type DatabaseMigrationServiceClient,
} from '@aws-sdk/client-database-migration-service'
import { required } from './answer-part.ts'
import { isNamed, serviceError } from './service-error.ts'
import { tagList, type MigrationTags } from './tags.ts'

/** A premigration assessment of one task (API: ReplicationTaskAssessmentRun). */
export interface AssessmentRun {
  readonly arn: string
  readonly name: string
  /** As the API writes it: `starting`, `running`, `passed`, `warning`, `failed`, `error-executing`, … */
  readonly status: string
  readonly failure: string
}

/** One of its checks (API: ReplicationTaskIndividualAssessment). */
export interface IndividualAssessment {
  readonly name: string
  /** `passed`, `failed`, `warning`, `error`, `cancelled`, … */
  readonly status: string
}

export interface AssessmentRuns {
  describe(taskArn: string): Promise<AssessmentRun[]>
  /** The new run's ARN; undefined where the name is taken, or the task is in a state in which none can begin. */
  start(options: {
    readonly taskArn: string
    readonly name: string
    readonly bucket: string
    readonly role: string
    readonly tags: MigrationTags
  }): Promise<string | undefined>
  results(runArn: string): Promise<IndividualAssessment[]>
}

/** The port over the real client; `signal` ends calls that are under way. */
export function assessmentRuns(client: DatabaseMigrationServiceClient, signal: AbortSignal): AssessmentRuns {
  const http = { abortSignal: signal }
  return {
    describe: async (taskArn) => {
      const found: AssessmentRun[] = []
      const call = 'DescribeReplicationTaskAssessmentRuns'
      try {
        const pages = paginateDescribeReplicationTaskAssessmentRuns(
          { client, pageSize: 100 },
          { Filters: [{ Name: 'replication-task-arn', Values: [taskArn] }] },
          http,
        )
        for await (const page of pages) {
          for (const run of page.ReplicationTaskAssessmentRuns ?? []) {
            found.push({
              arn: required(run.ReplicationTaskAssessmentRunArn, 'ReplicationTaskAssessmentRunArn', call),
              name: run.AssessmentRunName ?? '',
              status: required(run.Status, 'Status', call),
              failure: run.LastFailureMessage ?? '',
            })
          }
        }
      } catch (error) {
        if (!isNamed(error, 'ResourceNotFoundFault')) throw serviceError(error, call, taskArn)
      }
      return found
    },
    start: async ({ taskArn, name, bucket, role, tags }) => {
      try {
        const answer = await client.send(
          new StartReplicationTaskAssessmentRunCommand({
            ReplicationTaskArn: taskArn,
            AssessmentRunName: name,
            ResultLocationBucket: bucket,
            ServiceAccessRoleArn: role,
            Tags: tagList(tags),
          }),
          http,
        )
        return answer.ReplicationTaskAssessmentRun?.ReplicationTaskAssessmentRunArn
      } catch (error) {
        if (isNamed(error, 'InvalidResourceStateFault', 'ResourceAlreadyExistsFault')) return undefined
        throw serviceError(error, 'StartReplicationTaskAssessmentRun', taskArn)
      }
    },
    results: async (runArn) => {
      const found: IndividualAssessment[] = []
      const call = 'DescribeReplicationTaskIndividualAssessments'
      try {
        const pages = paginateDescribeReplicationTaskIndividualAssessments(
          { client, pageSize: 100 },
          { Filters: [{ Name: 'replication-task-assessment-run-arn', Values: [runArn] }] },
          http,
        )
        for await (const page of pages) {
          for (const one of page.ReplicationTaskIndividualAssessments ?? []) {
            found.push({
              name: required(one.IndividualAssessmentName, 'IndividualAssessmentName', call),
              status: required(one.Status, 'Status', call),
            })
          }
        }
      } catch (error) {
        if (!isNamed(error, 'ResourceNotFoundFault')) throw serviceError(error, call, runArn)
      }
      return found
    },
  }
}
