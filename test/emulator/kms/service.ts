import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { operation } from '../protocol/service.ts'
import type { Service } from '../protocol/service.ts'
import { findKey, keyArn, mayUse, policyOf } from './keys.ts'
import type { OwnedKey } from './keys.ts'

/** When every key claims to have been made. */
const createdAt = new Date('2024-01-02T03:04:05.000Z')

function find(emulator: Emulator, wanted: string): OwnedKey {
  const found = findKey(emulator, wanted)
  if (!found) {
    const what = wanted.includes('alias/') ? 'Alias' : 'Key'
    throw new AwsError('NotFoundException', `${what} '${wanted}' does not exist`)
  }
  return found
}

function describe({ owner, key }: OwnedKey): Record<string, unknown> {
  return {
    AWSAccountId: owner.config.account,
    KeyId: key.id,
    Arn: keyArn(owner, key),
    CreationDate: createdAt,
    Enabled: key.state === 'Enabled',
    Description: key.alias ?? '',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: key.state,
    Origin: 'AWS_KMS',
    KeyManager: key.manager,
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  }
}

/** KMS as far as a migration reads it: whether the key of a database may be shared. Nothing is encrypted. */
export function kmsService(emulator: Emulator): Service {
  return {
    name: 'kms',
    signingName: 'kms',
    targetPrefix: 'TrentService',
    operations: {
      DescribeKey: operation(
        z.strictObject({ KeyId: z.string(), GrantTokens: z.array(z.string()).optional() }),
        'reads',
        ({ KeyId }, caller) => {
          const found = find(emulator, KeyId)
          const own = found.owner.config.account === emulator.config.account
          if (!own && !mayUse(emulator, found)) {
            throw new AwsError(
              'AccessDeniedException',
              `User: ${caller.arn} is not authorized to perform: kms:DescribeKey on resource: ${keyArn(found.owner, found.key)} because no resource-based policy allows the kms:DescribeKey action`,
            )
          }
          return { KeyMetadata: describe(found) }
        },
      ),
      // Of another account's key nobody can read the policy, whatever it says.
      GetKeyPolicy: operation(
        z.strictObject({ KeyId: z.string(), PolicyName: z.literal('default').optional() }),
        'reads',
        ({ KeyId }, caller) => {
          const found = find(emulator, KeyId)
          if (found.owner.config.account !== emulator.config.account) {
            throw new AwsError(
              'AccessDeniedException',
              `User: ${caller.arn} is not authorized to perform: kms:GetKeyPolicy on resource: ${keyArn(found.owner, found.key)}`,
            )
          }
          return { Policy: JSON.stringify(policyOf(found)), PolicyName: 'default' }
        },
      ),
    },
  }
}
