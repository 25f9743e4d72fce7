import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { newSecretSuffix, newUuid } from '../identity.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { operation } from '../protocol/service.ts'
import type { Operation, Service } from '../protocol/service.ts'
import { page } from '../protocol/paging.ts'
import { versionAt } from './secret-record.ts'
import type { SecretRecord, SecretVersion } from './secret-record.ts'

const tagsSchema = z
  .array(z.strictObject({ Key: z.string().optional(), Value: z.string().optional() }))
  .optional()

/** A new secret whose value is current. */
export function newSecret(
  emulator: Pick<Emulator, 'arn'>,
  name: string,
  value: string | undefined,
): SecretRecord {
  const now = new Date().toISOString()
  return {
    arn: emulator.arn('secretsmanager', `secret:${name}-${newSecretSuffix()}`),
    name,
    createdAt: now,
    changedAt: now,
    versions: value === undefined ? [] : [{ id: newUuid(), value, stages: ['AWSCURRENT'], createdAt: now }],
  }
}

function find(emulator: Emulator, id: string): SecretRecord {
  const found = emulator.store.state.secrets.find(({ arn, name }) => arn === id || name === id)
  if (!found) {
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
  }
  return found
}

/** A stage points at one version only; AWSPREVIOUS follows where AWSCURRENT was. */
function moveStage(secret: SecretRecord, stage: string, to: SecretVersion | undefined): void {
  const from = versionAt(secret, stage)
  if (from === to) return
  for (const version of secret.versions) version.stages = version.stages.filter((other) => other !== stage)
  to?.stages.push(stage)
  if (stage === 'AWSCURRENT' && from) moveStage(secret, 'AWSPREVIOUS', from)
}

const getInput = z.strictObject({
  SecretId: z.string(),
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
})

function getValue(emulator: Emulator, input: z.output<typeof getInput>): Record<string, unknown> {
  const secret = find(emulator, input.SecretId)
  const version = secret.versions.find((candidate) =>
    input.VersionId === undefined
      ? candidate.stages.includes(input.VersionStage ?? 'AWSCURRENT')
      : candidate.id === input.VersionId &&
        (input.VersionStage === undefined || candidate.stages.includes(input.VersionStage)),
  )
  if (!version) {
    const wanted =
      input.VersionId === undefined
        ? `staging label: ${input.VersionStage ?? 'AWSCURRENT'}`
        : `VersionId: ${input.VersionId}`
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${wanted}`,
    )
  }
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    SecretString: version.value,
    VersionStages: version.stages,
    CreatedDate: new Date(version.createdAt),
  }
}

const putInput = z.strictObject({
  SecretId: z.string(),
  ClientRequestToken: z.string().optional(),
  SecretString: z.string(),
  VersionStages: z.array(z.string()).min(1).optional(),
})

/** The request token names the version, so a repeated request changes nothing; with another value it is refused. */
function putValue(emulator: Emulator, input: z.output<typeof putInput>): Record<string, unknown> {
  const secret = find(emulator, input.SecretId)
  const id = input.ClientRequestToken ?? newUuid()
  let version = secret.versions.find((candidate) => candidate.id === id)
  if (version && version.value !== input.SecretString) {
    throw new AwsError(
      'ResourceExistsException',
      `You can't modify existing version ${id}: a version with this ClientRequestToken holds another value.`,
    )
  }
  if (!version) {
    const now = new Date().toISOString()
    version = { id, value: input.SecretString, stages: [], createdAt: now }
    secret.versions.push(version)
    secret.changedAt = now
    for (const stage of input.VersionStages ?? ['AWSCURRENT']) moveStage(secret, stage, version)
    // Versions without a stage are deprecated and go.
    secret.versions = secret.versions.filter(({ stages }) => stages.length > 0)
    emulator.store.save()
  }
  return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages }
}

const stageInput = z.strictObject({
  SecretId: z.string(),
  VersionStage: z.string(),
  RemoveFromVersionId: z.string().optional(),
  MoveToVersionId: z.string().optional(),
})

function updateStage(emulator: Emulator, input: z.output<typeof stageInput>): Record<string, unknown> {
  const secret = find(emulator, input.SecretId)
  const holder = versionAt(secret, input.VersionStage)
  const target = secret.versions.find(({ id }) => id === input.MoveToVersionId)
  if (input.MoveToVersionId !== undefined && !target) {
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for VersionId: ${input.MoveToVersionId}`,
    )
  }
  if (holder && holder !== target && holder.id !== input.RemoveFromVersionId) {
    throw new AwsError(
      'InvalidParameterException',
      `The parameter RemoveFromVersionId can't be empty. Staging label ${input.VersionStage} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    )
  }
  moveStage(secret, input.VersionStage, target)
  secret.changedAt = new Date().toISOString()
  emulator.store.save()
  return { ARN: secret.arn, Name: secret.name }
}

function describe(emulator: Emulator, secret: SecretRecord): Record<string, unknown> {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: false,
    CreatedDate: new Date(secret.createdAt),
    LastChangedDate: new Date(secret.changedAt),
    Tags: Object.entries(emulator.store.state.tags[secret.arn] ?? {}).map(([Key, Value]) => ({ Key, Value })),
  }
}

const stagesOf = (secret: SecretRecord): Record<string, string[]> =>
  Object.fromEntries(secret.versions.map(({ id, stages }) => [id, stages]))

const createInput = z.strictObject({
  Name: z.string().regex(/^[\w/+=.@-]{1,512}$/),
  ClientRequestToken: z.string().optional(),
  Description: z.string().optional(),
  KmsKeyId: z.string().optional(),
  SecretString: z.string().optional(),
  Tags: tagsSchema,
})

function create(emulator: Emulator, input: z.output<typeof createInput>): Record<string, unknown> {
  const { state } = emulator.store
  if (state.secrets.some(({ name }) => name === input.Name)) {
    throw new AwsError(
      'ResourceExistsException',
      `The operation failed because the secret ${input.Name} already exists.`,
    )
  }
  const secret = newSecret(emulator, input.Name, input.SecretString)
  const [version] = secret.versions
  if (version && input.ClientRequestToken !== undefined) version.id = input.ClientRequestToken
  if (input.Description !== undefined) secret.description = input.Description
  if (input.KmsKeyId !== undefined) secret.kmsKeyId = input.KmsKeyId
  state.secrets.push(secret)
  state.tags[secret.arn] = Object.fromEntries(
    (input.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']),
  )
  emulator.store.save()
  return { ARN: secret.arn, Name: secret.name, VersionId: version?.id }
}

const listInput = z.strictObject({
  MaxResults: z.number().int().optional(),
  NextToken: z.string().optional(),
  Filters: z.array(z.strictObject({ Key: z.literal('name'), Values: z.array(z.string()) })).optional(),
  SortOrder: z.enum(['asc', 'desc']).optional(),
})

/** Secrets in the order of their making; the filter on `name` matches beginnings, as AWS has it. */
function list(emulator: Emulator, input: z.output<typeof listInput>): Record<string, unknown> {
  const matching = emulator.store.state.secrets.filter(({ name }) =>
    (input.Filters ?? []).every(({ Values }) => Values.some((value) => name.startsWith(value))),
  )
  const { entries, Marker } = page(
    matching,
    { Marker: input.NextToken, MaxRecords: input.MaxResults },
    { min: 1, max: 100 },
  )
  return {
    SecretList: entries.map((secret) => ({
      ...describe(emulator, secret),
      SecretVersionsToStages: stagesOf(secret),
    })),
    NextToken: Marker,
  }
}

export function secretsManagerService(emulator: Emulator): Service {
  const operations: Record<string, Operation> = {
    GetSecretValue: operation(getInput, 'reads', (input) => getValue(emulator, input)),
    PutSecretValue: operation(putInput, 'changes', (input) => putValue(emulator, input)),
    UpdateSecretVersionStage: operation(stageInput, 'changes', (input) => updateStage(emulator, input)),
    CreateSecret: operation(createInput, 'changes', (input) => create(emulator, input)),
    DescribeSecret: operation(z.strictObject({ SecretId: z.string() }), 'reads', ({ SecretId }) => {
      const secret = find(emulator, SecretId)
      return { ...describe(emulator, secret), VersionIdsToStages: stagesOf(secret) }
    }),
    ListSecrets: operation(listInput, 'reads', (input) => list(emulator, input)),
  }
  return { name: 'secretsmanager', signingName: 'secretsmanager', targetPrefix: 'secretsmanager', operations }
}
