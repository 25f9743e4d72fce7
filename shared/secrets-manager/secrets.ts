import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as core from '@actions/core'
import * as z from 'zod'
import { MigrationError } from '../runtime/errors.ts'

/** A database secret as RDS writes it (Secrets Manager User Guide, JSON structure of database secrets). */
const databaseSecret = z.looseObject({
  host: z.string().min(1),
  port: z.coerce.number().int().min(1).max(65_535).default(5432),
  username: z.string().min(1),
  password: z.string().min(1),
  dbname: z.string().min(1).optional(),
})
export type DatabaseSecret = z.infer<typeof databaseSecret>

export interface SecretVersion {
  readonly versionId: string
  readonly text: string
}

/**
 * The current text of a secret, by name or ARN. `field` names the place in the migration file for errors.
 * Throws `precondition` where it is missing or denied, `unavailable` where AWS does not answer.
 */
export async function readSecret(
  client: SecretsManagerClient,
  secret: string,
  field: string,
): Promise<SecretVersion> {
  try {
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secret }))
    if (answer.SecretString === undefined || answer.VersionId === undefined)
      throw new Error('the secret is binary or has no version')
    return { versionId: answer.VersionId, text: answer.SecretString }
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : ''
    const remedies: Readonly<Record<string, string>> = {
      ResourceNotFoundException: 'Create it, or correct its name or ARN and the region of the job.',
      AccessDeniedException: 'Allow secretsmanager:GetSecretValue on it to the role of this job.',
    }
    const problem = {
      field,
      value: secret,
      message: `the secret cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      remedy: remedies[name] ?? 'Check the AWS credentials, the region and the network of the job.',
    }
    throw new MigrationError(name in remedies ? 'precondition' : 'unavailable', problem.message, {
      remedy: problem.remedy,
      problems: [problem],
      cause,
    })
  }
}

/** Reads a database secret, masks its password, and checks its shape; problems name keys, never values. */
export async function readDatabaseSecret(
  client: SecretsManagerClient,
  secret: string,
  field: string,
): Promise<DatabaseSecret> {
  return parseDatabaseSecret((await readSecret(client, secret, field)).text, secret, field)
}

/** The pure half of readDatabaseSecret, apart from masking. */
export function parseDatabaseSecret(text: string, secret: string, field: string): DatabaseSecret {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  const checked = databaseSecret.safeParse(value)
  if (checked.success) {
    core.setSecret(checked.data.password)
    return checked.data
  }
  const keys = checked.error.issues.map((issue) => issue.path.join('.') || 'JSON').join(', ')
  const problem = {
    field,
    value: secret,
    message: `the secret is not a database secret: ${keys} missing or wrong`,
    remedy: 'Store it as JSON with host, port, username, password and dbname, as RDS does.',
  }
  throw new MigrationError('precondition', problem.message, { remedy: problem.remedy, problems: [problem] })
}
