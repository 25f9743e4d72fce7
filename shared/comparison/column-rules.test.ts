import { expect, test } from 'vitest'
import type { CatalogueColumn } from '../migration/catalogue-model.ts'
import { comparedExpression, coverageOf, ruleForColumn } from './column-rules.ts'
import type { ComparedColumn } from './comparison.ts'

function column(baseType: string, more: Partial<CatalogueColumn> = {}): CatalogueColumn {
  return {
    name: 'c',
    type: baseType,
    baseType,
    typeKind: 'b',
    isArray: false,
    typeModifier: -1,
    notNull: false,
    identity: '',
    generated: '',
    default: null,
    ...more,
  }
}

const dms = { kind: 'dms', lobLimit: undefined } as const

/** What coverage says of a column that both sides have alike. */
function said(one: CatalogueColumn, carrier: Parameters<typeof ruleForColumn>[2], other = one): string {
  return coverageOf({ ...compared(one), rule: ruleForColumn(one, other, carrier) }, false).said
}

function compared(one: CatalogueColumn): ComparedColumn {
  return {
    name: one.name,
    type: { source: one.type, target: one.type },
    baseType: one.baseType,
    rule: { kind: 'as-is' },
  }
}

test.each([
  [
    column('numeric'),
    'compared after rounding to 6 decimals: DMS carries numeric without scale as NUMERIC(28,6)',
  ],
  [column('numeric', { typeModifier: 786_438 }), 'compared'],
  [
    column('float8'),
    'compared after rounding to 14 significant digits: DMS may change the last digits of a double',
  ],
  [
    column('float4'),
    'compared after rounding to 6 significant digits: DMS may change the last digits of a real',
  ],
  [column('bpchar'), 'compared after taking off trailing blanks: DMS trims trailing blanks of char(n)'],
  [
    column('timestamptz'),
    'compared after making infinite times finite: DMS turns infinity into 9999-12-31 23:59:59 and -infinity into 4713-01-01 00:00:00 BC',
  ],
  [column('text'), 'compared'],
  [column('_float8', { isArray: true }), 'compared'],
  [
    column('oid'),
    'not compared: an oid points to a large object or a catalogue row of its own server; large objects are not replicated',
  ],
])('what DMS changes by design is taken away and said: %s', (one, expected) => {
  expect(said(one, dms)).toBe(expected)
})

test('PostgreSQL’s own replication changes nothing', () => {
  for (const type of ['numeric', 'float8', 'bpchar', 'timestamp', 'text'])
    expect(said(column(type), { kind: 'logical' })).toBe('compared')
})

test('limited LOB mode cuts both sides alike', () => {
  const limited = { kind: 'dms', lobLimit: 32_768 } as const
  expect(said(column('bytea'), limited)).toBe(
    'compared after cutting both at 32768 bytes as DMS counts them: limited LOB mode cuts what is longer',
  )
  expect(said(column('int4'), limited)).toBe('compared')
  expect(said(column('jsonb'), limited)).toBe('compared')
})

test('json on one side and jsonb on the other are compared as jsonb', () => {
  expect(said(column('json'), { kind: 'logical' }, column('jsonb'))).toContain('turning both into jsonb')
})

test('a name is quoted wherever it is put in', () => {
  const rule = ruleForColumn(column('numeric'), column('numeric'), dms)
  expect(comparedExpression({ ...compared(column('numeric')), name: 'a"b', rule })).toBe('round(t."a""b", 6)')
})

test('a key is compared as it is', () => {
  const rule = ruleForColumn(column('float8'), column('float8'), dms)
  expect(coverageOf({ ...compared(column('float8')), rule }, true).said).toBe('compared')
})
