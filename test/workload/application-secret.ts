import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { ClientConfig } from 'pg'
import { z } from 'zod'

/** How long (ms) writers that reconnect at the same time share one reading of the secret. */
const CACHE_MS = 50

/** The JSON that RDS keeps in a secret: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html */
const rdsSecret = z.object({
  host: z.string(),
  port: z.coerce.number().int(),
  username: z.string(),
  password: z.string(),
  dbname: z.string(),
})

/** Where the application finds its database at this moment. */
export type SecretReader = () => Promise<ClientConfig>

/** Reads the secret through the AWS SDK, configured by the environment; the answer is at most 50 ms old. */
export function createSecretReader(secretId: string): SecretReader {
  const client = new SecretsManagerClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 2000 },
  })
  let reading: Promise<ClientConfig> | undefined
  let readAt = -Infinity
  return () => {
    if (reading === undefined || performance.now() - readAt > CACHE_MS) {
      readAt = performance.now()
      reading = read(client, secretId)
    }
    return reading
  }
}

async function read(client: SecretsManagerClient, secretId: string): Promise<ClientConfig> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }))
  const secret = rdsSecret.parse(JSON.parse(SecretString ?? ''))
  return {
    host: secret.host,
    port: secret.port,
    user: secret.username,
    password: secret.password,
    database: secret.dbname,
  }
}
