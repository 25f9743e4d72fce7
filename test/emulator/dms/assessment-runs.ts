import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { newResourceId } from '../identity.ts'
import { AwsError, invalidState, resourceNotFound } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { applicableNames, chosenNames, demandRunParameters, startRunInput } from './assessment-input.ts'
import type { Assessor } from './assessor.ts'
import { applyFilters, describeInput } from './filters.ts'
import type { AssessmentRunRecord, AssessmentStatus, TaskRecord } from './records.ts'
import { findConfig } from './replication-configs.ts'
import { findInstance } from './replication-instances.ts'
import { findTask } from './replication-tasks.ts'
import { asDate } from './run-statistics.ts'
import { setTags } from './tags.ts'

const underWay = new Set<AssessmentRunRecord['status']>(['starting', 'provisioning', 'running'])
const assessable = new Set<TaskRecord['status']>(['ready', 'stopped', 'failed'])

function findRun(emulator: Emulator, arn: string): AssessmentRunRecord {
  const found = emulator.store.state.assessmentRuns.find((run) => run.arn === arn)
  if (!found) throw resourceNotFound(`Replication Task Assessment Run ${arn} not found.`)
  return found
}

function start(
  emulator: Emulator,
  assessor: Assessor,
  input: z.output<typeof startRunInput>,
): AssessmentRunRecord {
  const { state } = emulator.store
  const task = findTask(emulator, input.ReplicationTaskArn)
  demandRunParameters(input)
  if (!assessable.has(task.status)) {
    throw invalidState(`Replication Task ${task.arn} is in ${task.status} state and cannot be assessed.`)
  }
  const existing = state.assessmentRuns.find(
    (run) => run.taskArn === task.arn && run.name === input.AssessmentRunName,
  )
  if (existing) {
    throw new AwsError(
      'ResourceAlreadyExistsFault',
      `Assessment run ${input.AssessmentRunName} already exists.`,
      400,
      {
        resourceArn: existing.arn,
      },
    )
  }
  const run: AssessmentRunRecord = {
    arn: emulator.arn('dms', `assessment-run:${newResourceId()}`),
    taskArn: task.arn,
    name: input.AssessmentRunName,
    status: 'starting',
    serviceAccessRoleArn: input.ServiceAccessRoleArn,
    bucket: input.ResultLocationBucket,
    createdAt: new Date().toISOString(),
    assessments: chosenNames(task.migrationType, input).map((name) => ({
      arn: emulator.arn('dms', `individual-assessment:${newResourceId()}`),
      name,
      status: 'pending',
    })),
    ...(input.ResultLocationFolder === undefined ? {} : { folder: input.ResultLocationFolder }),
    ...(input.ResultEncryptionMode === undefined ? {} : { encryptionMode: input.ResultEncryptionMode }),
    ...(input.ResultKmsKeyArn === undefined ? {} : { kmsKeyArn: input.ResultKmsKeyArn }),
  }
  state.assessmentRuns.push(run)
  setTags(emulator, run.arn, input.Tags)
  task.settlesTo = task.status
  task.status = 'testing'
  emulator.store.save()
  assessor.begin(run)
  return run
}

function cancel(emulator: Emulator, assessor: Assessor, arn: string): AssessmentRunRecord {
  const run = findRun(emulator, arn)
  if (!underWay.has(run.status)) {
    throw invalidState(`Assessment run ${arn} is in ${run.status} state and cannot be cancelled.`)
  }
  assessor.cancel(run)
  return run
}

function remove(emulator: Emulator, arn: string): AssessmentRunRecord {
  const run = findRun(emulator, arn)
  if (underWay.has(run.status) || run.status === 'deleting') {
    throw invalidState(`Assessment run ${arn} is in ${run.status} state and cannot be deleted.`)
  }
  run.status = 'deleting'
  emulator.store.save()
  settleRun(emulator, run)
  return run
}

/** Lets a deletion end; also after a restart of the emulator. */
export function settleRun(emulator: Emulator, run: AssessmentRunRecord): void {
  const { state } = emulator.store
  if (run.status !== 'deleting') return
  emulator.settle(() => {
    state.assessmentRuns = state.assessmentRuns.filter((other) => other !== run)
    delete state.tags[run.arn]
    emulator.store.save()
  })
}

function describe(emulator: Emulator, run: AssessmentRunRecord): Record<string, unknown> {
  const count = (...statuses: AssessmentStatus[]): number =>
    run.assessments.filter(({ status }) => statuses.includes(status)).length
  const waiting = count('pending', 'running')
  const latest = emulator.store.state.assessmentRuns.findLast(({ taskArn }) => taskArn === run.taskArn)
  return {
    ReplicationTaskAssessmentRunArn: run.arn,
    ReplicationTaskArn: run.taskArn,
    Status: run.status,
    ReplicationTaskAssessmentRunCreationDate: new Date(run.createdAt),
    AssessmentProgress: {
      IndividualAssessmentCount: run.assessments.length,
      IndividualAssessmentCompletedCount: run.assessments.length - waiting,
    },
    LastFailureMessage: run.lastFailureMessage,
    ServiceAccessRoleArn: run.serviceAccessRoleArn,
    ResultLocationBucket: run.bucket,
    ResultLocationFolder: run.folder,
    ResultEncryptionMode: run.encryptionMode,
    ResultKmsKeyArn: run.kmsKeyArn,
    AssessmentRunName: run.name,
    IsLatestTaskAssessmentRun: run === latest,
    ResultStatistic:
      waiting > 0
        ? undefined
        : {
            Passed: count('passed'),
            Failed: count('failed'),
            Error: count('error'),
            Warning: count('warning'),
            Cancelled: count('cancelled'),
            Skipped: count('skipped'),
          },
  }
}

const applicableInput = z.strictObject({
  ReplicationTaskArn: z.string().optional(),
  ReplicationInstanceArn: z.string().optional(),
  ReplicationConfigArn: z.string().optional(),
  SourceEngineName: z.string().optional(),
  TargetEngineName: z.string().optional(),
  MigrationType: z.enum(['full-load', 'cdc', 'full-load-and-cdc']).optional(),
  MaxRecords: describeInput.MaxRecords,
  Marker: describeInput.Marker,
})

/** Premigration assessments of replication tasks. Nothing is written to S3. */
export function assessmentOperations(emulator: Emulator, assessor: Assessor): Record<string, Operation> {
  const { state } = emulator.store
  const one = (run: AssessmentRunRecord): Record<string, unknown> => ({
    ReplicationTaskAssessmentRun: describe(emulator, run),
  })
  const arnOnly = z.strictObject({ ReplicationTaskAssessmentRunArn: z.string() })
  return {
    StartReplicationTaskAssessmentRun: operation(startRunInput, 'changes', (input) =>
      one(start(emulator, assessor, input)),
    ),
    CancelReplicationTaskAssessmentRun: operation(arnOnly, 'changes', (input) =>
      one(cancel(emulator, assessor, input.ReplicationTaskAssessmentRunArn)),
    ),
    DeleteReplicationTaskAssessmentRun: operation(arnOnly, 'changes', (input) =>
      one(remove(emulator, input.ReplicationTaskAssessmentRunArn)),
    ),
    DescribeReplicationTaskAssessmentRuns: operation(z.strictObject(describeInput), 'reads', (input) => {
      const matching = applyFilters(emulator.visible(state.assessmentRuns), input.Filters, {
        'replication-task-assessment-run-arn': (run) => run.arn,
        'replication-task-arn': (run) => run.taskArn,
        'replication-instance-arn': (run) =>
          state.tasks.find(({ arn }) => arn === run.taskArn)?.instanceArn ?? '',
        status: (run) => run.status,
      })
      const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
      return { ReplicationTaskAssessmentRuns: entries.map((run) => describe(emulator, run)), ...marker }
    }),
    DescribeReplicationTaskIndividualAssessments: operation(
      z.strictObject(describeInput),
      'reads',
      (input) => {
        const matching = applyFilters(
          state.assessmentRuns.flatMap((run) => run.assessments.map((assessment) => ({ run, assessment }))),
          input.Filters,
          {
            'replication-task-assessment-run-arn': ({ run }) => run.arn,
            'replication-task-arn': ({ run }) => run.taskArn,
            status: ({ assessment }) => assessment.status,
          },
        )
        const { entries, ...marker } = page(matching, input, { min: 20, max: 100 })
        return {
          ReplicationTaskIndividualAssessments: entries.map(({ run, assessment }) => ({
            ReplicationTaskIndividualAssessmentArn: assessment.arn,
            ReplicationTaskAssessmentRunArn: run.arn,
            IndividualAssessmentName: assessment.name,
            Status: assessment.status,
            ReplicationTaskIndividualAssessmentStartDate: asDate(assessment.startedAt),
          })),
          ...marker,
        }
      },
    ),
    DescribeApplicableIndividualAssessments: operation(applicableInput, 'reads', (input) => {
      if (input.ReplicationInstanceArn !== undefined) findInstance(emulator, input.ReplicationInstanceArn)
      const record =
        input.ReplicationTaskArn !== undefined
          ? findTask(emulator, input.ReplicationTaskArn)
          : input.ReplicationConfigArn !== undefined
            ? findConfig(emulator, input.ReplicationConfigArn)
            : undefined
      const names = applicableNames(record?.migrationType ?? input.MigrationType)
      const { entries, ...marker } = page(names, input, { min: 20, max: 100 })
      return { IndividualAssessmentNames: entries, ...marker }
    }),
  }
}
