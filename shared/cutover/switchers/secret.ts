import { createHash } from 'node:crypto'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { DatabaseLogin } from '../../postgres/session.ts'
import { MigrationError } from '../../runtime/errors.ts'
import { parseDatabaseSecret, readSecret, type DatabaseSecret } from '../../secrets-manager/secrets.ts'
import { putSecret } from '../../secrets-manager/put-secret.ts'

export interface SecretSwitch {
  readonly secret: string
  readonly changed: boolean
  readonly versionId: string
}

/** Where clients are pointed at. */
export type Address = Pick<DatabaseLogin, 'host' | 'port' | 'database'>

/** The secret as it will read after the switch: address replaced, every other key kept as it is. Pure. */
export function switchedSecret(text: string, to: Address): string {
  const value = JSON.parse(text) as Record<string, unknown>
  const port = typeof value.port === 'string' ? String(to.port) : to.port
  const next: Record<string, unknown> = { ...value, host: to.host, port }
  if ('dbname' in value) next.dbname = to.database
  // RDS writes the instance's or cluster's name beside the address; left as it was it would name the old one.
  delete next.dbInstanceIdentifier
  delete next.dbClusterIdentifier
  return JSON.stringify(next)
}

/** What the application logs in with, as the secret says it now. Masks the password. */
export async function applicationLogin(
  client: SecretsManagerClient,
  secret: string,
): Promise<DatabaseSecret> {
  return parseDatabaseSecret(
    (await readSecret(client, secret, 'cutover.switch')).text,
    secret,
    'cutover.switch',
  )
}

/** Points the secret at the target and reads it back; a second call changes nothing. */
export async function switchSecret(
  client: SecretsManagerClient,
  secret: string,
  to: Address,
  generation: bigint,
): Promise<SecretSwitch> {
  const now = await readSecret(client, secret, 'cutover.switch')
  const next = switchedSecret(now.text, to)
  if (next === now.text) return { secret, changed: false, versionId: now.versionId }
  const token = createHash('sha256').update(`${secret} ${generation} ${next}`).digest('hex').slice(0, 64)
  try {
    return {
      secret,
      changed: true,
      versionId: await putSecret(client, secret, next, token, 'cutover.switch'),
    }
  } catch (cause) {
    throw new MigrationError('unavailable', `the secret ${secret} could not be switched`, {
      remedy:
        'The target is open and the source is closed: run cutover again, it goes on here. Check secretsmanager:PutSecretValue.',
      cause,
    })
  }
}
