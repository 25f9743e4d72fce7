import type { Accounts } from '../accounts.ts'
import type { Caller } from '../protocol/service.ts'
import { sessionArn } from './service.ts'

/**
 * Who signs with an access key: a session that STS handed out, a key that some account lists, or, where the main account
 * lists none, any other key as a user of the main account.
 */
export function findCaller(accounts: Accounts, accessKeyId: string): Caller | undefined {
  const { main } = accounts
  const session = main.store.state.sessions.find((candidate) => candidate.accessKeyId === accessKeyId)
  if (session) {
    const arn = sessionArn(session.roleArn, session.sessionName)
    const account = arn.split(':')[4] ?? ''
    return { accessKeyId, arn, account, ...(session.allow ? { allow: session.allow } : {}) }
  }
  for (const { config } of accounts.all()) {
    const { account } = config
    const known = config.credentials?.find((candidate) => candidate.accessKeyId === accessKeyId)
    if (known) {
      const arn = `arn:aws:iam::${account}:user/${accessKeyId}`
      return { accessKeyId, arn, account, ...(known.allow ? { allow: known.allow } : {}) }
    }
  }
  const { account, credentials } = main.config
  if (credentials) return undefined
  return { accessKeyId, arn: `arn:aws:iam::${account}:user/${accessKeyId}`, account }
}
