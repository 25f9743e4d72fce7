import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as core from '@actions/core'
import * as z from 'zod'
import { MigrationError } from '../runtime/errors.ts'

/** A database secret as RDS writes it (Secrets Manager User Guide, JSON structure of database secrets). */
const databaseSecret = z.looseObject({
  host: z.string().min(1).optional(),
  port: z.coerce.number().int().min(1).max(65_535).optional(),
  username: z.string().min(1),
  password: z.string().min(1),
  dbname: z.string().min(1).optional(),
})
type StoredSecret = z.infer<typeof databaseSecret>
/** A secret with an address, its own or that of the server it is for, and the version that was read. */
export type DatabaseSecret = StoredSecret & Address & { readonly versionId?: string }

interface Address {
  readonly host: string
  readonly port: number
}

export interface SecretVersion {
  readonly versionId: string
  readonly text: string
}

/**
 * The current text of a secret, by name or ARN. `field` names the place in the migration file for errors; `signal` ends
 * the call. Throws `precondition` where it is missing or denied, `unavailable` where AWS does not answer.
 */
export async function readSecret(
  client: SecretsManagerClient,
  secret: string,
  field: string,
  signal?: AbortSignal,
): Promise<SecretVersion> {
  try {
    const answer = await client.send(
      new GetSecretValueCommand({ SecretId: secret }),
      signal === undefined ? {} : { abortSignal: signal },
    )
    if (answer.SecretString === undefined || answer.VersionId === undefined)
      throw new Error('the secret is binary or has no version')
    return { versionId: answer.VersionId, text: answer.SecretString }
  } catch (cause) {
    throw unreadable(cause, secret, field)
  }
}

/** Id of the version that a rotation has made and not yet made current; undefined where there is none. Throws as readSecret. */
export async function pendingVersion(
  client: SecretsManagerClient,
  secret: string,
  field: string,
): Promise<string | undefined> {
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId: secret, VersionStage: 'AWSPENDING' })))
      .VersionId
  } catch (cause) {
    // Also what AWS says of a stage that no version has.
    if (cause instanceof Error && cause.name === 'ResourceNotFoundException') return undefined
    throw unreadable(cause, secret, field)
  }
}

/**
 * Reads a database secret, masks its password, and checks its shape; problems name keys, never values. Secrets that RDS
 * manages have no host (RDS User Guide, Secrets Manager): then `address` is asked for it, where there is one.
 */
export async function readDatabaseSecret(
  client: SecretsManagerClient,
  secret: string,
  field: string,
  address: () => Promise<Address | undefined> = () => Promise.resolve(undefined),
  signal?: AbortSignal,
): Promise<DatabaseSecret> {
  const { text, versionId } = await readSecret(client, secret, field, signal)
  const stored = parseStored(text, secret, field)
  const complete = addressed(stored, stored.host === undefined ? await address() : undefined, secret, field)
  return { ...complete, versionId }
}

/** The pure half of readDatabaseSecret, apart from masking; the address must be in the secret. */
export function parseDatabaseSecret(text: string, secret: string, field: string): DatabaseSecret {
  return addressed(parseStored(text, secret, field), undefined, secret, field)
}

function unreadable(cause: unknown, secret: string, field: string): MigrationError {
  // A role that cannot be assumed has said so itself.
  if (cause instanceof MigrationError) return cause
  const name = cause instanceof Error ? cause.name : ''
  if (name === 'AbortError') return new MigrationError('cancelled', 'the run was cancelled', { cause })
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
  return new MigrationError(name in remedies ? 'precondition' : 'unavailable', problem.message, {
    remedy: problem.remedy,
    problems: [problem],
    cause,
  })
}

const defaultPort = 5432

function addressed(
  stored: StoredSecret,
  address: Address | undefined,
  secret: string,
  field: string,
): DatabaseSecret {
  const host = stored.host ?? address?.host
  if (host === undefined) throw notADatabaseSecret('host', secret, field)
  return { ...stored, host, port: stored.port ?? address?.port ?? defaultPort }
}

function parseStored(text: string, secret: string, field: string): StoredSecret {
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
  throw notADatabaseSecret(keys, secret, field)
}

function notADatabaseSecret(keys: string, secret: string, field: string): MigrationError {
  const problem = {
    field,
    value: secret,
    message: `the secret is not a database secret: ${keys} missing or wrong`,
    remedy:
      keys === 'host'
        ? 'Add `host` to it, or name the server of that side in the migration file by `rds-instance` or `rds-cluster`.'
        : 'Store it as JSON with host, port, username, password and dbname, as RDS does.',
  }
  return new MigrationError('precondition', problem.message, { remedy: problem.remedy, problems: [problem] })
}
