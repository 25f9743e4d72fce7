import { randomInt, randomUUID } from 'node:crypto'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const lettersAndDigits = `${letters}0123456789`

function draw(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}

/** The last segment of a DMS ARN: 26 upper-case letters and digits, a letter first. */
export function newResourceId(): string {
  return draw(letters, 1) + draw(lettersAndDigits, 25)
}

/** The random part that Secrets Manager adds to a secret's ARN. */
export function newSecretSuffix(): string {
  return draw(`${letters}abcdefghijklmnopqrstuvwxyz`, 6)
}

/** A temporary access key, as STS hands out. */
export function newSessionKey(): string {
  return `ASIA${draw(lettersAndDigits, 16)}`
}

export const newUuid = randomUUID

/** The last segment of an ARN. */
export function externalIdOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1)
}
