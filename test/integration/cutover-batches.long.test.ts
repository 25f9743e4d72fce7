import {
  DatabaseMigrationServiceClient,
  ModifyReplicationTaskCommand,
  StartReplicationTaskCommand,
  StopReplicationTaskCommand,
} from '@aws-sdk/client-database-migration-service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCutoverLab, type CutoverLab } from './cutover-lab.ts'
import { startHazardWriters } from './hazard-writers.ts'

// A task whose settings somebody changed: it applies net changes table by table, so that a marker may overtake rows.
let lab: CutoverLab
beforeAll(async () => {
  lab = await openCutoverLab('cutover-batches', '  freeze-budget: 20s\n  watch: 200ms\n')
}, 180_000)
afterAll(() => lab.close())

test('hazard 5: where a task applies in batches a second marker follows the first, and it alone proves', async () => {
  await applyInBatches()
  const writers = await startHazardWriters(lab)
  const run = await (await lab.cutover()).ended
  await writers.stop()
  expect(run.exitCode, run.log).toBe(0)
  const looks = await lab.sql(
    'target',
    `select detail ->> 'marker' as marker, (detail -> 'proved')::boolean as proved, detail -> 'missing' as missing
     from aurora_migration.journal where event = 'drained' and generation = 1 order by at`,
  )
  expect(looks).toMatchObject([
    { proved: false, missing: [] },
    { proved: true, missing: [] },
  ])
  expect(looks[0]?.['marker']).not.toBe(looks[1]?.['marker'])
}, 120_000)

async function applyInBatches(): Promise<void> {
  const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } =
    lab.stack.emulator.environment()
  const dms = new DatabaseMigrationServiceClient({
    region: AWS_REGION ?? '',
    endpoint: AWS_ENDPOINT_URL ?? '',
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID ?? '', secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '' },
  })
  const status = async () => (await lab.stack.tasks())[0]?.Status
  const [task] = await lab.stack.tasks()
  const ReplicationTaskArn = task?.ReplicationTaskArn
  await dms.send(new StopReplicationTaskCommand({ ReplicationTaskArn }))
  await lab.until('the stopped task', 20_000, async () => (await status()) === 'stopped')
  await dms.send(
    new ModifyReplicationTaskCommand({
      ReplicationTaskArn,
      ReplicationTaskSettings: JSON.stringify({ TargetMetadata: { BatchApplyEnabled: true } }),
    }),
  )
  await lab.until('the changed task', 20_000, async () => (await status()) === 'stopped')
  await dms.send(
    new StartReplicationTaskCommand({ ReplicationTaskArn, StartReplicationTaskType: 'resume-processing' }),
  )
  await lab.until('the running task', 20_000, async () => (await status()) === 'running')
  dms.destroy()
}
