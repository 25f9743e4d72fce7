import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { AwsAccount } from './accounts.ts'
import { awsClientOptions } from './client-options.ts'

/** Id of the account that calls are made in, 12 digits. */
export async function accountId(account: AwsAccount, signal: AbortSignal): Promise<string> {
  const client = new STSClient(awsClientOptions(account))
  try {
    const { Account } = await client.send(new GetCallerIdentityCommand({}), { abortSignal: signal })
    if (Account === undefined) throw new Error('the answer of GetCallerIdentity lacks Account')
    return Account
  } finally {
    client.destroy()
  }
}
