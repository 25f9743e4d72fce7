import { expect, test } from 'vitest'
import { MigrationError } from '../runtime/errors.ts'
import { credentialsExpired } from './expired-credentials.ts'

const named = (name: string) => Object.assign(new Error('said so'), { name })

test.each(['ExpiredTokenException', 'ExpiredToken', 'RequestExpired', 'CredentialsProviderError'])(
  '%s, also as the cause of another error',
  (name) => {
    expect(credentialsExpired(named(name))).toBe(true)
    expect(
      credentialsExpired(
        new MigrationError('precondition', 'x', { cause: new Error('y', { cause: named(name) }) }),
      ),
    ).toBe(true)
  },
)

test('anything else is not', () => {
  expect(credentialsExpired(named('AccessDeniedException'))).toBe(false)
  expect(credentialsExpired('ExpiredToken')).toBe(false)
})
