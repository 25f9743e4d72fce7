import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Service } from '../protocol/service.ts'
import { defaultKey, parameterTier, parameterType } from './parameter-record.ts'
import type { ParameterRecord, ParameterVersion } from './parameter-record.ts'

/** SSM keeps so many versions of a parameter and drops the oldest (User Guide, Working with parameter versions). */
const mostVersions = 100
const mostBytes = { Standard: 4096, Advanced: 8192 } as const

/** By its name or its own ARN, in which a leading slash of the name is not doubled. */
function find(emulator: Emulator, name: string): ParameterRecord | undefined {
  return emulator.store.state.parameters.find(
    (parameter) => parameter.name === name || arnOf(emulator, parameter) === name,
  )
}

function arnOf(emulator: Emulator, { name }: ParameterRecord): string {
  return emulator.arn('ssm', `parameter${name.startsWith('/') ? '' : '/'}${name}`)
}

function current({ versions }: ParameterRecord): ParameterVersion {
  const last = versions.at(-1)
  if (!last) throw new Error('a parameter has at least one version')
  return last
}

/** What SSM shows of the value of a SecureString to those who do not ask for decryption. */
function shownValue({ type, value }: ParameterVersion, decrypt: boolean): string {
  return type === 'SecureString' && !decrypt ? `encrypted:${Buffer.from(value).toString('base64')}` : value
}

const nameSchema = z.string().regex(/^[\w./:-]{1,2048}$/u)

const getInput = z.strictObject({ Name: nameSchema, WithDecryption: z.boolean().optional() })

function get(emulator: Emulator, input: z.output<typeof getInput>): Record<string, unknown> {
  const parameter = find(emulator, input.Name)
  if (!parameter) throw new AwsError('ParameterNotFound', '')
  const version = current(parameter)
  return {
    Parameter: {
      Name: parameter.name,
      Type: version.type,
      Value: shownValue(version, input.WithDecryption === true),
      Version: version.version,
      LastModifiedDate: new Date(version.changedAt),
      ARN: arnOf(emulator, parameter),
      DataType: version.dataType,
    },
  }
}

const putInput = z.strictObject({
  Name: z.string().regex(/^[\w./-]{1,2048}$/u),
  Value: z.string().min(1),
  Type: parameterType.optional(),
  Overwrite: z.boolean().optional(),
  Tier: z.enum([...parameterTier.options, 'Intelligent-Tiering']).optional(),
  KeyId: z.string().optional(),
  AllowedPattern: z.string().optional(),
  Description: z.string().optional(),
  DataType: z.string().optional(),
})

/**
 * As the API reference has PutParameter: nothing of the former version is kept for the new one but its type. A
 * SecureString without a key gets the account's own; an advanced parameter does not become a standard one again.
 */
function put(emulator: Emulator, input: z.output<typeof putInput>): Record<string, unknown> {
  const { state } = emulator.store
  const known = state.parameters.find(({ name }) => name === input.Name)
  if (known && input.Overwrite !== true) {
    throw new AwsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    )
  }
  const before = known && current(known)
  const type = input.Type ?? before?.type
  if (type === undefined) {
    throw new AwsError('ValidationException', 'A parameter type is required when you create a parameter.')
  }
  if (before && type !== before.type) {
    throw new AwsError(
      'HierarchyTypeMismatchException',
      'You cannot change the type of an existing parameter.',
    )
  }
  const tier = input.Tier === 'Advanced' ? 'Advanced' : 'Standard'
  if (before?.tier === 'Advanced' && tier === 'Standard') {
    throw new AwsError(
      'ValidationException',
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier.",
    )
  }
  if (Buffer.byteLength(input.Value) > mostBytes[tier])
    throw new AwsError('ValidationException', `The value is longer than ${mostBytes[tier]} bytes.`)
  if (input.AllowedPattern !== undefined && !new RegExp(input.AllowedPattern, 'u').test(input.Value))
    throw new AwsError(
      'ParameterPatternMismatchException',
      'Parameter value failed to satisfy constraint: Parameter value does not match AllowedPattern.',
    )
  const version = {
    value: input.Value,
    version: (before?.version ?? 0) + 1,
    type,
    tier,
    ...(type === 'SecureString' ? { keyId: input.KeyId ?? defaultKey } : {}),
    allowedPattern: input.AllowedPattern,
    description: input.Description,
    dataType: input.DataType ?? 'text',
    changedAt: new Date().toISOString(),
  } satisfies ParameterVersion
  if (known) known.versions = [...known.versions, version].slice(-mostVersions)
  else state.parameters.push({ name: input.Name, versions: [version] })
  emulator.store.save()
  return { Version: version.version, Tier: tier }
}

const describeInput = z.strictObject({
  ParameterFilters: z
    .array(
      z.strictObject({
        Key: z.literal('Name'),
        Option: z.enum(['Equals', 'BeginsWith']).optional(),
        Values: z.array(z.string()).min(1),
      }),
    )
    .optional(),
  MaxResults: z.number().int().optional(),
  NextToken: z.string().optional(),
})

/** Everything but the values. */
function describe(emulator: Emulator, input: z.output<typeof describeInput>): Record<string, unknown> {
  const matching = emulator.store.state.parameters.filter(({ name }) =>
    (input.ParameterFilters ?? []).every(({ Option, Values }) =>
      Values.some((value) => (Option === 'BeginsWith' ? name.startsWith(value) : name === value)),
    ),
  )
  const { entries, Marker } = page(
    matching,
    { Marker: input.NextToken, MaxRecords: input.MaxResults },
    { min: 1, max: 50, byDefault: 50 },
  )
  return {
    Parameters: entries.map((parameter) => {
      const { version, type, tier, keyId, allowedPattern, description, dataType, changedAt } =
        current(parameter)
      return {
        Name: parameter.name,
        ARN: arnOf(emulator, parameter),
        Type: type,
        KeyId: keyId,
        LastModifiedDate: new Date(changedAt),
        Description: description,
        AllowedPattern: allowedPattern,
        Version: version,
        Tier: tier,
        Policies: [],
        DataType: dataType,
      }
    }),
    NextToken: Marker,
  }
}

const historyInput = z.strictObject({ Name: nameSchema, WithDecryption: z.boolean().optional() })

function history(emulator: Emulator, input: z.output<typeof historyInput>): Record<string, unknown> {
  const parameter = find(emulator, input.Name)
  if (!parameter) throw new AwsError('ParameterNotFound', '')
  return {
    Parameters: parameter.versions.map((version) => ({
      Name: parameter.name,
      Type: version.type,
      KeyId: version.keyId,
      Value: shownValue(version, input.WithDecryption === true),
      Version: version.version,
      Tier: version.tier,
      AllowedPattern: version.allowedPattern,
      Description: version.description,
      LastModifiedDate: new Date(version.changedAt),
      DataType: version.dataType,
      Labels: [],
      Policies: [],
    })),
  }
}

/** SSM as far as Parameter Store goes. */
export function ssmService(emulator: Emulator): Service {
  return {
    name: 'ssm',
    signingName: 'ssm',
    targetPrefix: 'AmazonSSM',
    operations: {
      GetParameter: operation(getInput, 'reads', (input) => get(emulator, input)),
      PutParameter: operation(putInput, 'changes', (input) => put(emulator, input)),
      DescribeParameters: operation(describeInput, 'reads', (input) => describe(emulator, input)),
      GetParameterHistory: operation(historyInput, 'reads', (input) => history(emulator, input)),
    },
  }
}
