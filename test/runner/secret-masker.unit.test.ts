import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SecretMasker } from './secret-masker.ts'

function masker(...secrets: string[]): SecretMasker {
  const one = new SecretMasker()
  for (const secret of secrets) one.addWithLines(secret)
  return one
}

test('a secret is hidden wherever it stands', () => {
  expect(masker('s3cret').mask('a s3cret and s3crets3cret')).toBe('a *** and ***')
})

test('secrets that overlap or touch become one mark', () => {
  expect(masker('abcd', 'cdef').mask('-abcdef-')).toBe('-***-')
  expect(masker('abc', 'def').mask('-abcdef-')).toBe('-***-')
})

test('an empty secret hides nothing', () => {
  expect(masker('', '\n').mask('plain')).toBe('plain')
})

test('each line of a secret is hidden by itself', () => {
  expect(masker('first line\n  second line \n').mask('x second line y')).toBe('x *** y')
})

test.each([
  ['base64', (secret: string) => Buffer.from(secret).toString('base64')],
  ['base64 behind one byte', (secret: string) => Buffer.from(`u${secret}`).toString('base64').slice(4)],
  ['JSON', (secret: string) => JSON.stringify({ secret }).slice(11, -2)],
  ['URI', (secret: string) => encodeURIComponent(secret).replaceAll("'", '%27')],
])('the %s form of a secret is hidden', (_, encode) => {
  const secret = `pa"ss'wo\\rd/12`
  expect(masker(secret).mask(`[${encode(secret)}]`)).not.toContain(encode(secret).slice(2, 10))
})

test('whatever surrounds it, a secret never comes through', () => {
  const secret = fc.string({
    unit: fc.constantFrom('a', 'b', '/', '"', 'é', '🙂', ' '),
    minLength: 1,
    maxLength: 6,
  })
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
      expect(masker(value).mask(`${before}${value}${after}`)).not.toContain(value)
    }),
  )
})
