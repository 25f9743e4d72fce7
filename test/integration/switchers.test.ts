import { ListResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53'
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
} from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PlannedSwitch } from '../../shared/migration/planned-switch.ts'
import { checkAll, switchAll } from '../../shared/cutover/switchers/switchers-of.ts'
import { hostedZone, looksOnly, openSwitchersLab, type SwitchersLab } from './switchers-lab.ts'

const target = {
  host: 'aurora.example',
  port: 5433,
  database: 'shop',
  reader: { host: 'aurora-ro.example', port: 5433 },
}
const source = { host: 'old.example', port: 5432, database: 'shop' }

let lab: SwitchersLab
beforeAll(async () => {
  lab = await openSwitchersLab()
})
afterAll(() => lab.close())

const secret: PlannedSwitch = { kind: 'secret', secret: 'shop/app' }
const url: PlannedSwitch = { kind: 'parameter', parameter: '/shop/db/url' }
const host: PlannedSwitch = { kind: 'parameter', parameter: '/shop/db/host' }
const record = (name: string, more: Partial<PlannedSwitch & { kind: 'record' }> = {}): PlannedSwitch => ({
  kind: 'record',
  record: name,
  'zone-id': hostedZone,
  type: 'CNAME',
  endpoint: 'writer',
  ...more,
})

describe('a secret', () => {
  const at = async (stage: string, id = 'shop/app') => {
    const answer = await lab.aws.secrets.send(
      new GetSecretValueCommand({ SecretId: id, VersionStage: stage }),
    )
    return { id: answer.VersionId ?? '', value: JSON.parse(answer.SecretString ?? '') as object }
  }

  test('forward, again, back: the address moves, the former version is AWSPREVIOUS, all else stays', async () => {
    const switcher = lab.switcher(secret)
    const first = await at('AWSCURRENT')
    expect(await switcher.check(target)).toEqual({ problems: [], notes: [], users: ['shop_app'] })
    expect(await at('AWSCURRENT')).toEqual(first)

    expect(await switcher.switch(target, 1n)).toMatchObject({ name: 'secret shop/app', changed: true })
    const second = await at('AWSCURRENT')
    expect(second.value).toEqual({ ...first.value, host: 'aurora.example', port: 5433 })
    expect((await at('AWSPREVIOUS')).id).toBe(first.id)

    expect(await switcher.switch(target, 1n)).toMatchObject({ changed: false })
    expect((await at('AWSPREVIOUS')).id).toBe(first.id)

    await switcher.switch(source, 2n)
    expect((await at('AWSCURRENT')).value).toEqual(first.value)
    expect((await at('AWSPREVIOUS')).id).toBe(second.id)
  })

  test('put back by hand to its old version, it is switched again all the same', async () => {
    const switcher = lab.switcher({ kind: 'secret', secret: 'shop/moved' })
    const first = await at('AWSCURRENT', 'shop/moved')
    await switcher.switch(target, 1n)
    const moved = { SecretId: 'shop/moved', VersionStage: 'AWSCURRENT', MoveToVersionId: first.id }
    await lab.aws.secrets.send(
      new UpdateSecretVersionStageCommand({
        ...moved,
        RemoveFromVersionId: (await at('AWSCURRENT', 'shop/moved')).id,
      }),
    )
    await switcher.switch(target, 1n)
    expect((await at('AWSCURRENT', 'shop/moved')).value).toMatchObject({ host: 'aurora.example' })
  })

  test('one that is being rotated is refused: what the rotation made has the old address', async () => {
    await lab.aws.secrets.send(
      new PutSecretValueCommand({
        SecretId: 'shop/rotated',
        SecretString: '{"host":"old.example"}',
        ClientRequestToken: 'r'.repeat(32),
        VersionStages: ['AWSPENDING'],
      }),
    )
    expect(
      (await lab.switcher({ kind: 'secret', secret: 'shop/rotated' }).check(target)).problems,
    ).toMatchObject([
      { field: 'cutover.switch[0]', message: expect.stringContaining('is being rotated') as string },
    ])
  })

  test.each<[string, { outcome: 'let-in' | 'refused'; message: string }, string]>([
    [
      'a login that the target refuses',
      { outcome: 'refused', message: 'no' },
      'shop_app cannot log in on the target: no',
    ],
    [
      'a login that the guard lets in',
      { outcome: 'let-in', message: '' },
      'shop_app gets past the guard of the target',
    ],
  ])('%s is a problem', async (_, outcome, message) => {
    const switcher = lab.switcher(secret, { tryLogin: () => Promise.resolve(outcome) })
    expect((await switcher.check(target)).problems).toMatchObject([{ value: 'secret shop/app', message }])
  })
})

describe('a parameter', () => {
  const value = async (Name: string) =>
    (await lab.aws.ssm.send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter?.Value

  test('an advanced SecureString keeps type, tier, key, pattern and description', async () => {
    const switcher = lab.switcher(url)
    expect(await switcher.check(target)).toEqual({ problems: [], notes: [], users: ['shop_app'] })
    expect(await switcher.switch(target, 1n)).toEqual({
      name: 'parameter /shop/db/url',
      changed: true,
      detail: 'version 2',
    })
    expect(await value('/shop/db/url')).toBe('postgres://shop_app:app-password@aurora.example:5433/shop')
    const { Parameters } = await lab.aws.ssm.send(new DescribeParametersCommand({}))
    expect(Parameters?.find(({ Name }) => Name === '/shop/db/url')).toMatchObject({
      Type: 'SecureString',
      Tier: 'Advanced',
      KeyId: 'alias/shop',
      AllowedPattern: '^postgres://',
      Description: 'the shop',
      Version: 2,
    })
    expect(await switcher.switch(target, 1n)).toMatchObject({ changed: false, detail: 'version 2' })
  })

  test('a host alone is replaced; a check writes no version and says that no login was tried', async () => {
    const switcher = lab.switcher(host)
    expect(await switcher.check(target)).toEqual({
      problems: [],
      users: [],
      notes: [
        'parameter /shop/db/host holds no login: whether clients can log in on the target was not tried by it',
      ],
    })
    const history = await lab.aws.ssm.send(new GetParameterHistoryCommand({ Name: '/shop/db/host' }))
    expect(history.Parameters).toHaveLength(1)
    await switcher.switch(target, 1n)
    expect(await value('/shop/db/host')).toBe('aurora.example')
  })

  test('a part for readers gets the readers’ address, or is refused where nobody knows it', async () => {
    const switcher = lab.switcher({ kind: 'parameter', parameter: '/shop/db/reader', holds: 'reader-host' })
    expect((await switcher.check(source)).problems).toMatchObject([
      { message: expect.stringContaining('is for readers') as string },
    ])
    await switcher.switch(target, 1n)
    expect(await value('/shop/db/reader')).toBe('aurora-ro.example')
  })
})

describe('a record', () => {
  const all = async (): Promise<ResourceRecordSet[]> =>
    (await lab.aws.route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: hostedZone })))
      .ResourceRecordSets ?? []
  const find = async (name: string, identifier?: string) =>
    (await all()).find((set) => set.Name === `${name}.` && set.SetIdentifier === identifier)

  test('is changed, waited for until it is in sync, read back; a check changes nothing', async () => {
    const switcher = lab.switcher(record('db.shop.internal'))
    const before = await all()
    expect(await switcher.check({ ...target, port: 5432 })).toEqual({ problems: [], notes: [], users: [] })
    expect(await all()).toEqual(before)
    const done = await switcher.switch(target, 1n)
    expect(done).toMatchObject({ changed: true })
    expect(done.detail).toMatch(/^change C\w+ is INSYNC; .* 30 s$/u)
    expect(await find('db.shop.internal')).toEqual({
      Name: 'db.shop.internal.',
      Type: 'CNAME',
      TTL: 30,
      ResourceRecords: [{ Value: 'aurora.example' }],
    })
    expect(await switcher.switch(target, 1n)).toMatchObject({ changed: false })
  })

  test('a TTL of an hour is told with what to do about it, and becomes what the file says', async () => {
    const switcher = lab.switcher(record('slow.shop.internal', { ttl: 15 }))
    expect((await switcher.check(target)).notes).toEqual([
      expect.stringMatching(/TTL of 3600 s.*days before the cutover/u),
      expect.stringContaining('carries no port'),
    ])
    await switcher.switch(target, 1n)
    expect(await find('slow.shop.internal')).toMatchObject({ TTL: 15 })
  })

  test('of several weighted ones that which is meant changes, and keeps its weight unless told', async () => {
    expect((await lab.switcher(record('both.shop.internal')).check(target)).problems).toMatchObject([
      {
        message: expect.stringContaining('has several values') as string,
        remedy: expect.stringContaining('new | old') as string,
      },
    ])
    const more = { 'set-identifier': 'new', endpoint: 'reader', weight: 7 } as const
    await lab.switcher(record('both.shop.internal', more)).switch(target, 1n)
    await lab.switcher(record('both.shop.internal', { 'set-identifier': 'old' })).switch(target, 1n)
    expect(await find('both.shop.internal', 'new')).toMatchObject({
      Weight: 7,
      ResourceRecords: [{ Value: 'aurora-ro.example' }],
    })
    expect(await find('both.shop.internal', 'old')).toMatchObject({
      Weight: 255,
      ResourceRecords: [{ Value: 'aurora.example' }],
    })
  })

  test('an address instead of a host is refused before anybody waits', async () => {
    const found = await lab.switcher(record('db.shop.internal')).check({ ...target, host: '10.0.0.7' })
    expect(found.problems).toMatchObject([
      { message: expect.stringContaining('a CNAME names a host') as string },
    ])
  })
})

test('several in order: one that fails is named with what to do, and keeps nobody after it', async () => {
  const failing: PlannedSwitch = { kind: 'command', command: 'exit 1', timeout: 5000 }
  const done = await switchAll(
    lab.switchers([secret, failing, host, record('db.shop.internal')]),
    target,
    1n,
    lab.log,
  )
  expect(done.switches.map(({ name }) => name)).toEqual([
    'secret shop/app',
    'parameter /shop/db/host',
    'record db.shop.internal',
  ])
  expect(done.left).toEqual([
    'not switched: command `exit 1`: ended with exit code 1. Mend what it names; then run the job again, which runs it again.',
  ])
})

test('rights to change are tried without a change: whoever may only look is told all of them at once', async () => {
  const entries = [secret, url, record('db.shop.internal')]
  const found = await checkAll(lab.switchers(entries, { accessKeyId: looksOnly }), target)
  expect(found.problems.map(({ field, remedy }) => `${field}: ${remedy}`)).toEqual([
    'cutover.switch[0]: Allow secretsmanager:PutSecretValue to the role of this job.',
    'cutover.switch[1]: Allow ssm:PutParameter to the role of this job.',
    'cutover.switch[2]: Allow route53:ChangeResourceRecordSets to the role of this job.',
  ])
})

test('what is not there is told for each', async () => {
  const entries: PlannedSwitch[] = [
    { kind: 'secret', secret: 'none' },
    { kind: 'parameter', parameter: '/none' },
    record('none.shop.internal'),
    record('db.shop.internal', { 'zone-id': 'ZNONE' }),
  ]
  const { problems } = await checkAll(lab.switchers(entries), target)
  expect(problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^the secret cannot be read/u),
    'the parameter /none does not exist',
    'the CNAME record none.shop.internal in zone Z0123456789ABCDEFGHIJ does not exist',
    expect.stringMatching(/No hosted zone found/u),
  ])
})

test('a dry run says what each would do, and reads nothing', () => {
  const lines = lab
    .switchers([secret, url, record('db.shop.internal', { endpoint: 'reader' })])
    .map((switcher) => switcher.describe(target))
  expect(lines).toEqual([
    'Secrets Manager PutSecretValue shop/app: host, port, dbname become those of aurora.example:5433/shop; all else stays',
    'SSM PutParameter /shop/db/url: the address in it becomes that of aurora.example:5433/shop; type, tier and key stay',
    `Route 53 UPSERT db.shop.internal CNAME aurora-ro.example in zone ${hostedZone}, then GetChange until INSYNC`,
  ])
})
