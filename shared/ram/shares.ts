import {
  paginateGetResourceShareInvitations,
  paginateListResources,
  type RAMClient,
} from '@aws-sdk/client-ram'
import { refusal } from '../aws/refusal.ts'

/** Whether a resource of another account is shared with the caller's, or would be once an invitation is taken. */
export type Sharing = 'shared' | 'invited' | 'not-shared'

/** What AWS RAM says of a resource of another account, asked in the account that it is to be shared with. */
export async function readSharing(client: RAMClient, arn: string, signal: AbortSignal): Promise<Sharing> {
  const http = { abortSignal: signal }
  try {
    const resources = paginateListResources(
      { client },
      { resourceOwner: 'OTHER-ACCOUNTS', resourceArns: [arn] },
      http,
    )
    for await (const page of resources)
      if ((page.resources ?? []).some((one) => one.arn === arn)) return 'shared'
    for await (const page of paginateGetResourceShareInvitations({ client }, {}, http)) {
      const pending = (page.resourceShareInvitations ?? []).some(
        ({ status, senderAccountId }) => status === 'PENDING' && senderAccountId === arn.split(':')[4],
      )
      if (pending) return 'invited'
    }
    return 'not-shared'
  } catch (error) {
    throw refusal(error, 'ram:ListResources', arn)
  }
}
