import {
  DescribeParametersCommand,
  GetParameterCommand,
  PutParameterCommand,
  type ParameterMetadata,
  type SSMClient,
} from '@aws-sdk/client-ssm'
import { refusal } from '../aws/refusal.ts'
import { MigrationError } from '../runtime/errors.ts'

/** A parameter with all that PutParameter would lose if it were not said again (API reference). */
export interface Parameter {
  readonly name: string
  readonly value: string
  readonly version: number
  readonly kept: Pick<
    ParameterMetadata,
    'Type' | 'Tier' | 'KeyId' | 'AllowedPattern' | 'Description' | 'DataType'
  >
}

/**
 * A parameter by name, its value decrypted. `field` names the place in the migration file for errors. Throws
 * `precondition` where it is missing or denied, `unavailable` where AWS does not answer.
 */
export async function readParameter(
  client: SSMClient,
  name: string,
  field: string,
  signal?: AbortSignal,
): Promise<Parameter> {
  const options = signal === undefined ? {} : { abortSignal: signal }
  const [{ Parameter: found }, { Parameters: described }] = await Promise.all([
    client
      .send(new GetParameterCommand({ Name: name, WithDecryption: true }), options)
      .catch((cause: unknown) => {
        throw unreadable(cause, name, field)
      }),
    client
      .send(
        new DescribeParametersCommand({
          ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: [name] }],
        }),
        options,
      )
      .catch((cause: unknown) => {
        throw refusal(cause, 'ssm:DescribeParameters', name)
      }),
  ])
  const about = described?.find((one) => one.Name === name)
  if (found?.Value === undefined || found.Version === undefined || about === undefined)
    throw unreadable(new Error('SSM describes no parameter of that name'), name, field)
  const { Type, Tier, KeyId, AllowedPattern, Description, DataType } = about
  return {
    name,
    value: found.Value,
    version: found.Version,
    kept: { Type, Tier, KeyId, AllowedPattern, Description, DataType },
  }
}

/**
 * Gives a parameter another value; type, tier, key, pattern and description stay. Reads it back and gives the new
 * version. Throws as refusals are, and where it reads back otherwise.
 */
export async function putParameter(
  client: SSMClient,
  parameter: Parameter,
  value: string,
  field: string,
): Promise<number> {
  try {
    await client.send(new PutParameterCommand(request(parameter, value, true)))
  } catch (cause) {
    throw refusal(cause, 'ssm:PutParameter', parameter.name)
  }
  const back = await readParameter(client, parameter.name, field)
  if (back.value === value) return back.version
  throw new MigrationError(
    'unavailable',
    `parameter ${parameter.name} does not read back as it was written`,
    {
      remedy: 'See who else writes it (CloudTrail, PutParameter), then run the job again.',
    },
  )
}

/**
 * Whether the parameter may be written, found out without writing: SSM looks at rights first, and refuses to make a
 * parameter that is there already. Throws `precondition` where it may not.
 */
export async function tryPutParameter(client: SSMClient, parameter: Parameter): Promise<void> {
  try {
    await client.send(new PutParameterCommand(request(parameter, parameter.value, false)))
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'ParameterAlreadyExists') return
    throw refusal(cause, 'ssm:PutParameter', parameter.name)
  }
}

function request({ name, kept }: Parameter, value: string, overwrite: boolean) {
  return { ...kept, Name: name, Value: value, Overwrite: overwrite }
}

function unreadable(cause: unknown, name: string, field: string): MigrationError {
  const missing = cause instanceof Error && cause.name === 'ParameterNotFound'
  const said = refusal(cause, 'ssm:GetParameter', name)
  if (said.code === 'cancelled' || (cause instanceof MigrationError && cause.problems.length > 0)) return said
  const message = missing ? `the parameter ${name} does not exist` : said.message
  const remedy = missing
    ? 'Create it, or correct its name and the region of the job.'
    : `${said.remedy} For a SecureString also kms:Decrypt on its key.`
  return new MigrationError(missing ? 'precondition' : said.code, message, {
    remedy,
    problems: [{ field, value: name, message, remedy }],
    cause,
  })
}
