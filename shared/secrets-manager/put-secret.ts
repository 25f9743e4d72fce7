import { PutSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { refusal } from '../aws/refusal.ts'
import { readSecret, type SecretVersion } from './secrets.ts'

/**
 * Makes `text` the current version and reads it back. AWS keeps the old version as AWSPREVIOUS. `token` names the version:
 * a repeated call with the same text is ignored (API reference, ClientRequestToken: 32 to 64 characters). Gives the
 * version's id; undefined where something else is current afterwards.
 */
export async function putSecret(
  client: SecretsManagerClient,
  secret: string,
  text: string,
  token: string,
  field: string,
): Promise<string | undefined> {
  await client.send(
    new PutSecretValueCommand({ SecretId: secret, SecretString: text, ClientRequestToken: token }),
  )
  const back = await readSecret(client, secret, field)
  return back.text === text ? back.versionId : undefined
}

/**
 * Whether the secret may be written, found out without a change: what is asked for is the version that is there, by its
 * own token and with its own text, which AWS ignores once the right to ask is there. Throws `precondition` where it is not.
 */
export async function tryPutSecret(
  client: SecretsManagerClient,
  secret: string,
  current: SecretVersion,
): Promise<void> {
  try {
    await client.send(
      new PutSecretValueCommand({
        SecretId: secret,
        SecretString: current.text,
        ClientRequestToken: current.versionId,
      }),
    )
  } catch (cause) {
    throw refusal(cause, 'secretsmanager:PutSecretValue', secret)
  }
}
