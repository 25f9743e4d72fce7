import type { Emulator } from '../emulator.ts'
import { defaultKeyArn, findKey, keyArn, mayUse } from '../kms/keys.ts'
import { AwsError } from '../protocol/aws-error.ts'

/** What may be encrypted. */
export interface Encrypted {
  readonly storageEncrypted: boolean
  readonly kmsKeyId?: string | undefined
}

/** The key of a resource: its own, or the default one of the account that owns it; none where it is not encrypted. */
export function keyOf(owner: Emulator, resource: Encrypted): string | undefined {
  return resource.storageEncrypted ? (resource.kmsKeyId ?? defaultKeyArn(owner)) : undefined
}

/** A key that a caller names, as an ARN. Throws KMSKeyNotAccessibleFault where it is none that the account may use. */
export function demandKey(emulator: Emulator, wanted: string): string {
  const found = findKey(emulator, wanted)
  if (!found || !mayUse(emulator, found)) throw keyNotAccessible(wanted)
  return keyArn(found.owner, found.key)
}

/** Throws KMSKeyNotAccessibleFault where the account cannot read what another account's key encrypts. */
export function demandReadable(emulator: Emulator, owner: Emulator, resource: Encrypted): void {
  const key = keyOf(owner, resource)
  if (owner.config.account !== emulator.config.account && key !== undefined) demandKey(emulator, key)
}

export function keyNotAccessible(key: string): AwsError {
  return new AwsError(
    'KMSKeyNotAccessibleFault',
    `The specified KMS key [${key}] does not exist, is not enabled or you do not have permissions to access it.`,
  )
}
