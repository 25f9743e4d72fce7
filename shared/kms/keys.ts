import { DescribeKeyCommand, type KMSClient } from '@aws-sdk/client-kms'
import { refusal } from '../aws/refusal.ts'

/** A key as far as sharing what it encrypts is concerned. */
export interface Key {
  readonly arn: string
  /** A key that AWS manages (`aws/rds`) cannot be used by another account. */
  readonly customerManaged: boolean
  readonly enabled: boolean
}

/** Undefined where the caller may not use the key, or there is none: KMS does not tell these apart for other accounts. */
export async function readKey(client: KMSClient, arn: string, signal: AbortSignal): Promise<Key | undefined> {
  try {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: arn }), { abortSignal: signal })
    return {
      arn,
      customerManaged: KeyMetadata?.KeyManager === 'CUSTOMER',
      enabled: KeyMetadata?.Enabled === true,
    }
  } catch (error) {
    if (error instanceof Error && ['AccessDeniedException', 'NotFoundException'].includes(error.name))
      return undefined
    throw refusal(error, 'kms:DescribeKey', arn)
  }
}
