import { Signer } from '@aws-sdk/rds-signer'
import type { AwsAccount } from '../aws/accounts.ts'
import { awsClientOptions } from '../aws/client-options.ts'
import { mask } from '../runtime/mask.ts'

/**
 * The password of a role that logs in by IAM: a token signed anew for each connection, as one is good for 15 minutes
 * (RDS User Guide, IAM database authentication). Masked. Nothing is asked of AWS for it but the credentials.
 */
export function iamPassword(
  login: { readonly host: string; readonly port: number; readonly user: string },
  account: AwsAccount,
): () => Promise<string> {
  const { region, credentials } = awsClientOptions(account)
  const signer = new Signer({
    hostname: login.host,
    port: login.port,
    username: login.user,
    region,
    ...(credentials === undefined ? {} : { credentials }),
  })
  return async () => {
    const token = await signer.getAuthToken()
    mask(token)
    return token
  }
}
