import { assert, bigInt, integer, property, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Column } from './catalogue.ts'
import { quirkSettings } from './quirks.ts'
import { conversionFor, roundNumeric } from './value-conversion.ts'

function column(baseType: string, more: Partial<Column> = {}): Column {
  return {
    name: 'c',
    type: baseType,
    declaredType: baseType,
    baseType,
    baseNamespace: 'pg_catalog',
    kind: 'b',
    category: 'S',
    typmod: -1,
    notNull: false,
    generated: false,
    identityAlways: false,
    ...more,
  }
}

const policy = {
  quirks: quirkSettings(),
  lobLimit: 1,
  trimSpaceInChar: true,
  numericAsString: false,
  onTruncation: () => undefined,
}

describe('numeric without scale', () => {
  test.each([
    ['1.5', '1.5'],
    ['1.2345678', '1.234568'],
    ['-1.2345675', '-1.234568'],
    ['0.9999999', '1.000000'],
    ['-0.0000001', '0.000000'],
    ['12', '12'],
  ])('%s becomes %s', (value, expected) => {
    expect(roundNumeric(value)).toBe(expected)
  })

  test('refuses NaN and what has more than 22 integer digits', () => {
    expect(() => roundNumeric('NaN')).toThrow(RangeError)
    expect(() => roundNumeric('1'.repeat(23))).toThrow(RangeError)
    expect(roundNumeric('1'.repeat(22))).toBe('1'.repeat(22))
  })

  test('never moves a value by more than half of the last place', () => {
    assert(
      property(
        tuple(bigInt(-(10n ** 20n), 10n ** 20n), integer({ min: 0, max: 99_999_999 })),
        ([whole, digits]) => {
          const fraction = String(digits).padStart(8, '0')
          const scaled = (text: string): bigint => {
            const [head = '', tail = ''] = text.replace('-', '').split('.')
            return BigInt(head + tail.padEnd(8, '0')) * (text.startsWith('-') ? -1n : 1n)
          }
          const text = `${whole}.${fraction}`
          const difference = scaled(roundNumeric(text)) - scaled(text)
          expect(difference <= 50n && difference >= -50n).toBe(true)
        },
      ),
    )
  })
})

describe('LOBs', () => {
  test('text counts two bytes a character, four where one is beyond the basic plane', () => {
    const convert = conversionFor(column('text'), policy)
    expect(convert(`'${'x'.repeat(600)}'`)).toBe(`'${'x'.repeat(512)}'`)
    expect(convert(`'${'x'.repeat(300)}😀'`)).toBe(`'${'x'.repeat(256)}'`)
    expect(convert(`'${"''".repeat(400)}'`)).toBe(`'${"''".repeat(400)}'`)
  })

  test('bytea counts bytes', () => {
    const convert = conversionFor(column('bytea', { category: 'U' }), policy)
    expect(convert(`'\\x${'ab'.repeat(1500)}'`)).toBe(`'\\x${'ab'.repeat(1024)}'`)
  })
})

describe('character types', () => {
  test('char loses its padding, varchar without length is cut between characters', () => {
    expect(conversionFor(column('bpchar', { typmod: 9 }), policy)(`'ab   '`)).toBe(`'ab'`)
    const cut = conversionFor(column('varchar'), policy)(`'${'é'.repeat(4500)}'`)
    expect(cut).toBe(`'${'é'.repeat(4000)}'`)
    expect(conversionFor(column('varchar', { typmod: 44 }), policy)(`'${'x'.repeat(9000)}'`)).toHaveLength(
      9002,
    )
  })
})
