import { expect, it } from 'vitest'
import { maskSecrets } from './call-log.ts'

it('masks secrets wherever they are and leaves names and ids', () => {
  const request = {
    SecretId: 'shop/app',
    SecretString: '{"password":"a"}',
    PostgreSQLSettings: { Password: 'b', Username: 'dms', SecretsManagerSecretId: 'dms/source' },
    ExtraConnectionAttributes: 'slotName=s;password=c;heartbeatEnable=Y',
    Tags: [{ Key: 'k', Value: 'v' }],
    WebIdentityToken: 'd',
  }
  expect(maskSecrets(request)).toEqual({
    SecretId: 'shop/app',
    SecretString: '***',
    PostgreSQLSettings: { Password: '***', Username: 'dms', SecretsManagerSecretId: 'dms/source' },
    ExtraConnectionAttributes: 'slotName=s;password=***;heartbeatEnable=Y',
    Tags: [{ Key: 'k', Value: 'v' }],
    WebIdentityToken: '***',
  })
})
