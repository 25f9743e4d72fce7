import {
  CancelReplicationTaskAssessmentRunCommand,
  DeleteReplicationTaskAssessmentRunCommand,
  DeleteReplicationTaskCommand,
  DescribeApplicableIndividualAssessmentsCommand,
  DescribeReplicationTaskAssessmentRunsCommand,
  DescribeReplicationTaskIndividualAssessmentsCommand,
  ModifyEndpointCommand,
  StartReplicationTaskAssessmentRunCommand,
  StopReplicationTaskCommand,
} from '@aws-sdk/client-database-migration-service'
import type {
  ReplicationTaskAssessmentRun,
  StartReplicationTaskAssessmentRunCommandInput,
} from '@aws-sdk/client-database-migration-service'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestMigration, until } from '../emulator/open-test-migration.ts'
import type { TestMigration } from '../emulator/open-test-migration.ts'

const schema = `
  create type public.colour as enum ('red');
  create table public.good (id int primary key, name varchar(20));
  create table public.keyless (n int);
  create table public.keyless_lob (n int, body text);
  create table public.lists (n int, tags text[]);
  create table public.coloured (id int primary key, colour public.colour, body text);
  create table public.lob_key (id text primary key);
  create index on public.coloured (colour);`

let my: TestMigration
let arn = ''

beforeAll(async () => {
  my = await openTestMigration('emulator-assessments', schema)
  await my.query(my.source, "insert into public.coloured values (1, 'red', repeat('x', 40000))")
  arn = await my.createTask('assessed')
})

afterAll(() => my?.close())

const start = async (
  name: string,
  changes: Partial<StartReplicationTaskAssessmentRunCommandInput> = {},
): Promise<string> => {
  const answer = await my.aws.dms.send(
    new StartReplicationTaskAssessmentRunCommand({
      ReplicationTaskArn: arn,
      ServiceAccessRoleArn: 'arn:aws:iam::123456789012:role/dms-assess',
      ResultLocationBucket: 'results',
      AssessmentRunName: name,
      ...changes,
    }),
  )
  return answer.ReplicationTaskAssessmentRun?.ReplicationTaskAssessmentRunArn ?? ''
}

async function run(runArn: string): Promise<ReplicationTaskAssessmentRun | undefined> {
  const answer = await my.aws.dms.send(
    new DescribeReplicationTaskAssessmentRunsCommand({
      Filters: [{ Name: 'replication-task-assessment-run-arn', Values: [runArn] }],
    }),
  )
  return answer.ReplicationTaskAssessmentRuns?.[0]
}

const ends = (runArn: string): Promise<ReplicationTaskAssessmentRun> =>
  until('the run ends', async () => {
    const seen = await run(runArn)
    return seen && !/^(starting|provisioning|running)$/.test(seen.Status ?? '') ? seen : undefined
  })

async function results(runArn: string): Promise<Record<string, string>> {
  const answer = await my.aws.dms.send(
    new DescribeReplicationTaskIndividualAssessmentsCommand({
      Filters: [{ Name: 'replication-task-assessment-run-arn', Values: [runArn] }],
    }),
  )
  return Object.fromEntries(
    (answer.ReplicationTaskIndividualAssessments ?? []).map((one) => [
      one.IndividualAssessmentName,
      one.Status,
    ]),
  )
}

describe('a premigration assessment', () => {
  it('judges the real databases, check by check', async () => {
    const runArn = await start('all')
    expect(await ends(runArn)).toMatchObject({
      Status: 'failed',
      AssessmentRunName: 'all',
      IsLatestTaskAssessmentRun: true,
      ResultLocationBucket: 'results',
    })
    const found = await results(runArn)
    expect(found).toMatchObject({
      'unsupported-data-types-in-source': 'failed',
      'table-with-lob-but-without-primary-key-or-unique-constraint': 'failed',
      'table-with-no-primary-key-or-unique-constraint': 'warning',
      'target-table-has-unique-key-or-primary-key-for-cdc': 'warning',
      'postgres-check-table-with-array': 'failed',
      'postgres-check-pk-lob': 'failed',
      'postgres-check-pk': 'warning',
      'postgres-check-target-secondary-indexes': 'warning',
      'postgres-check-limited-lob-size': 'warning',
      'postgres-check-pglogical': 'warning',
      'postgres-check-wallevel': 'passed',
      'postgres-check-walsenderstimeout': 'passed',
      'postgres-check-replication-slots-count': 'passed',
      'postgres-check-session-replication-role': 'passed',
      'postgres-check-dbversion': 'passed',
      'postgres-check-preparedtxn': 'passed',
    })
    const { IndividualAssessmentNames } = await my.aws.dms.send(
      new DescribeApplicableIndividualAssessmentsCommand({ ReplicationTaskArn: arn }),
    )
    expect(Object.keys(found).sort()).toEqual(IndividualAssessmentNames?.toSorted())
    const statistic = (await run(runArn))?.ResultStatistic
    expect(statistic).toMatchObject({
      Failed: Object.values(found).filter((status) => status === 'failed').length,
      Passed: Object.values(found).filter((status) => status === 'passed').length,
      Error: 0,
    })
    expect((await my.task(arn)).Status).toBe('ready')
  })

  it('makes the chosen checks only, and passes where they pass', async () => {
    const chosen = ['postgres-check-wallevel', 'postgres-check-maxwalsenders']
    const runArn = await start('chosen', { IncludeOnly: chosen })
    expect(await ends(runArn)).toMatchObject({
      Status: 'passed',
      AssessmentProgress: { IndividualAssessmentCount: 2, IndividualAssessmentCompletedCount: 2 },
    })
    expect(Object.keys(await results(runArn)).sort()).toEqual(chosen.toSorted())
    const { IndividualAssessmentNames } = await my.aws.dms.send(
      new DescribeApplicableIndividualAssessmentsCommand({ MigrationType: 'full-load' }),
    )
    expect(IndividualAssessmentNames).not.toContain('postgres-check-wallevel')
  })

  it('refuses what DMS refuses', async () => {
    await expect(start('all')).rejects.toMatchObject({ name: 'ResourceAlreadyExistsFault' })
    await expect(start('role', { ServiceAccessRoleArn: 'nobody' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
    const both = { IncludeOnly: ['postgres-check-pk'], Exclude: ['postgres-check-pk'] }
    await expect(start('both', both)).rejects.toMatchObject({ name: 'InvalidParameterCombinationException' })
    await expect(start('unknown', { IncludeOnly: ['postgres-check-nothing'] })).rejects.toThrow(
      'does not apply',
    )
  })

  it('holds the task while it runs, can be cancelled, begins anew after a kill', async () => {
    const hold = () =>
      my.aws.emulator.addFault({
        operation: 'assessment:check',
        match: 'postgres-check-wallevel',
        effect: { kind: 'hold' },
      })
    await hold()
    const held = await start('held')
    const running = await until('running', async () => {
      const seen = await run(held)
      return seen?.Status === 'running' ? seen : undefined
    })
    expect(running.ResultStatistic).toBeUndefined()
    expect((await my.task(arn)).Status).toBe('testing')
    await expect(start('second')).rejects.toMatchObject({ name: 'InvalidResourceStateFault' })
    await expect(my.start(arn, 'start-replication')).rejects.toThrow('cannot be started, invalid state')
    await expect(
      my.aws.dms.send(new DeleteReplicationTaskCommand({ ReplicationTaskArn: arn })),
    ).rejects.toMatchObject({ name: 'InvalidResourceStateFault' })
    await expect(
      my.aws.dms.send(
        new DeleteReplicationTaskAssessmentRunCommand({ ReplicationTaskAssessmentRunArn: held }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidResourceStateFault' })
    await my.aws.dms.send(
      new CancelReplicationTaskAssessmentRunCommand({ ReplicationTaskAssessmentRunArn: held }),
    )
    expect((await run(held))?.Status).toBe('cancelling')
    expect(Object.values(await results(held))).toContain('cancelled')
    expect((await my.task(arn)).Status).toBe('ready')
    const killed = await start('killed', { IncludeOnly: ['postgres-check-wallevel'] })
    await until('running', async () => ((await run(killed))?.Status === 'running' ? true : undefined))
    await my.aws.emulator.kill()
    await my.aws.emulator.restart()
    expect((await ends(killed)).Status).toBe('passed')
    expect((await my.task(arn)).Status).toBe('ready')
    await my.aws.dms.send(
      new DeleteReplicationTaskAssessmentRunCommand({ ReplicationTaskAssessmentRunArn: killed }),
    )
    await until('deleted', async () => ((await run(killed)) === undefined ? true : undefined))
  })

  it('of a running task is refused; one that cannot reach a database ends in error', async () => {
    await my.testConnection(my.sourceArn)
    await my.testConnection(my.targetArn)
    const running = await my.createTask('running', {
      TableMappings: JSON.stringify({
        rules: [
          {
            'rule-type': 'selection',
            'rule-id': '1',
            'rule-name': '1',
            'object-locator': { 'schema-name': 'public', 'table-name': 'good' },
            'rule-action': 'explicit',
          },
        ],
      }),
    })
    await my.start(running, 'start-replication')
    await my.reaches(running, 'running')
    await expect(start('running', { ReplicationTaskArn: running })).rejects.toMatchObject({
      name: 'InvalidResourceStateFault',
    })
    await my.aws.dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn: running }))
    await my.reaches(running, 'stopped')
    await my.aws.dms.send(
      new ModifyEndpointCommand({ EndpointArn: my.targetArn, ServerName: '127.0.0.1', Port: 1 }),
    )
    const runArn = await start('unreachable', { ReplicationTaskArn: running })
    const ended = await ends(runArn)
    expect(ended.Status).toBe('error-executing')
    expect(ended.LastFailureMessage).toContain('ECONNREFUSED')
    expect((await my.task(running)).Status).toBe('stopped')
  })
})
