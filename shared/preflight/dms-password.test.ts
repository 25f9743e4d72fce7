import { expect, test } from 'vitest'
import { dmsTakesPassword } from './dms-password.ts'

test.each(['a{b', 'a}b', 'a;b', 'a+b', 'a%b', 'a:b'])('DMS does not take %s', (password) => {
  expect(dmsTakesPassword(password, true)).toBe(false)
})

test('a comma is taken only where DMS reads the secret itself; everything else is taken', () => {
  expect(dmsTakesPassword('a,b', true)).toBe(true)
  expect(dmsTakesPassword('a,b', false)).toBe(false)
  expect(dmsTakesPassword('aB3-_!#$&()*=?@[]^~ /|', false)).toBe(true)
})
