import { PutSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { readSecret } from './secrets.ts'

/**
 * Makes `text` the current version and reads it back. AWS keeps the old version as AWSPREVIOUS. `token` makes a
 * repeated call with the same text no new version (API reference, ClientRequestToken: 32 to 64 characters).
 * Throws where the read-back differs.
 */
export async function putSecret(
  client: SecretsManagerClient,
  secret: string,
  text: string,
  token: string,
  field: string,
): Promise<string> {
  await client.send(
    new PutSecretValueCommand({ SecretId: secret, SecretString: text, ClientRequestToken: token }),
  )
  const back = await readSecret(client, secret, field)
  if (back.text !== text) throw new Error(`${secret} does not read back as it was written`)
  return back.versionId
}
