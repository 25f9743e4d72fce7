import { DatabaseError } from 'pg'
import { expect, it } from 'vitest'
import { describeFailure } from './database-session.ts'

function fromServer(severity: string, code: string): DatabaseError {
  const error = new DatabaseError('said the server', 10, 'error')
  return Object.assign(error, { severity, code })
}

it.each([
  ['the fence’s revoke', fromServer('ERROR', '42501'), '42501', true, true],
  ['a read-only default', fromServer('ERROR', '25006'), '25006', true, true],
  ['a refusing trigger', fromServer('ERROR', 'P0001'), 'P0001', true, true],
  ['a deadlock', fromServer('ERROR', '40P01'), '40P01', false, true],
  ['a unique violation', fromServer('ERROR', '23505'), '23505', false, true],
  ['a terminated session', fromServer('FATAL', '57P01'), '57P01', true, false],
  ['a crash', fromServer('PANIC', 'XX000'), 'XX000', true, false],
  ['a server in another language', fromServer('SCHWERWIEGEND', '57P01'), '57P01', true, false],
  [
    'a closed port',
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    'ECONNREFUSED',
    true,
    false,
  ],
  ['a cut connection', new Error('Connection terminated unexpectedly'), 'connection-lost', true, false],
  [
    'a service that throttles',
    Object.assign(new Error('slow'), { name: 'ThrottlingException' }),
    'ThrottlingException',
    true,
    false,
  ],
])('%s', (_, error, code, reconnect, rolledBack) => {
  expect(describeFailure(error, false)).toEqual({ code, reconnect, rolledBack })
})

it('connects anew after whatever error the session was lost with', () => {
  expect(describeFailure(fromServer('ERROR', '40P01'), true)).toMatchObject({ reconnect: true })
})
