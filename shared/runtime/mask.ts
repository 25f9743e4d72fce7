import * as core from '@actions/core'

/** Has the runner replace a secret by `***` wherever it is logged. Under 6 characters it would eat common words. */
export function mask(secret: string): void {
  if (secret.length >= 6) core.setSecret(secret)
}
