import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { matches } from '../protocol/authorization.ts'
import { keySchema } from './config.ts'
import type { Key } from './config.ts'

/** `aws/rds`, the key that AWS manages in every account; nobody else can be allowed to use it. */
const defaultKey = keySchema.parse({
  id: '00000000-0000-4000-8000-000000000000',
  alias: 'alias/aws/rds',
  manager: 'AWS',
})

export function keyArn(emulator: Emulator, { id }: Pick<Key, 'id'>): string {
  return emulator.arn('kms', `key/${id}`)
}

export function defaultKeyArn(emulator: Emulator): string {
  return keyArn(emulator, defaultKey)
}

export interface OwnedKey {
  readonly owner: Emulator
  readonly key: Key
}

/** A key by id, ARN, alias or alias ARN; of another account, by ARN only. Whether it may be used is another question. */
export function findKey(emulator: Emulator, wanted: string): OwnedKey | undefined {
  const [, , , region, account] = wanted.split(':')
  const owner = wanted.startsWith('arn:') ? emulator.accounts.at(account ?? '', region ?? '') : emulator
  const name = wanted.startsWith('arn:') ? wanted.split(':').slice(5).join(':') : wanted
  const key = [defaultKey, ...(owner?.config.keys ?? [])].find(
    ({ id, alias }) => name === id || name === `key/${id}` || name === alias,
  )
  return owner && key && { owner, key }
}

/** What RDS needs of a key to read what it encrypts (user guide: the key policy for sharing with another account). */
const neededActions = ['kms:DescribeKey', 'kms:CreateGrant', 'kms:Decrypt']

/** Whether an account may use a key: its own always, another's where that is a customer's whose policy says so. */
export function mayUse(emulator: Emulator, { owner, key }: OwnedKey): boolean {
  if (key.state !== 'Enabled') return false
  if (owner.config.account === emulator.config.account) return true
  if (key.manager === 'AWS') return false
  const allowed = actionsFor(key, emulator.config.account)
  return neededActions.every((action) => allowed.some((pattern) => matches(pattern, action)))
}

export function policyOf({ owner, key }: OwnedKey): Record<string, unknown> {
  const { account } = owner.config
  return (
    key.policy ?? {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    }
  )
}

const oneOrMore = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value))
const policySchema = z.object({
  Statement: z.array(
    z.object({
      Effect: z.string(),
      Principal: z.union([z.literal('*').transform(() => ({ AWS: ['*'] })), z.object({ AWS: oneOrMore })]),
      Action: oneOrMore,
    }),
  ),
})

/** The patterns of the actions that a key's policy allows an account; conditions are not looked at, nor are denials. */
function actionsFor({ policy }: Key, account: string): string[] {
  const parsed = policySchema.safeParse(policy)
  if (!parsed.success) return []
  return parsed.data.Statement.filter(
    ({ Effect, Principal }) =>
      Effect === 'Allow' &&
      Principal.AWS.some(
        (principal) =>
          principal === '*' || principal === account || principal.startsWith(`arn:aws:iam::${account}:`),
      ),
  ).flatMap(({ Action }) => Action)
}
