import { describe, expect, test } from 'vitest'
import { judgeParity, type ParitySide } from './judge-parity.ts'
import { textKey } from './compare-items.ts'
import type { MeantDifferences, ParityItem } from './parity-item.ts'
import { spelledAlike } from './spelling.ts'

const item = (kind: string, name: string, shape: string | null = '', definition = ''): ParityItem => ({
  kind,
  name,
  shape,
  definition,
})
const side = (items: readonly ParityItem[], major = 15): ParitySide => ({ items, sequences: [], major })
const nothing: MeantDifferences = { saved: [], ownRoles: [], planned: undefined }
const noTexts = { source: new Map<string, string>(), target: new Map<string, string>() }
const named = (ones: readonly { readonly kind: string; readonly name: string }[]) =>
  ones.map(({ kind, name }) => `${kind} ${name}`)

test('of a table that is missing only the table is told, of a missing column only the column', () => {
  const source = side([
    item('table', 'shop.orders', 'table'),
    item('column', 'shop.orders: id', 'bigint'),
    item('index', 'shop.orders: orders_pkey', null, 'x'),
    item('owner', 'shop.orders', 'a'),
    item('grant', 'table shop.orders to app', 'SELECT'),
    item('sequence', 'shop.orders_id_seq', 'bigint owned by shop.orders: id'),
    item('table', 'shop.kept', 'table'),
    item('column', 'shop.kept: note', 'text'),
    item('default', 'shop.kept: note', "''::text"),
  ])
  const target = side([item('table', 'shop.kept', 'table')])
  const { differences } = judgeParity(source, target, noTexts, nothing)
  expect(named(differences)).toEqual(['table shop.orders', 'column shop.kept: note'])
})

test('a schema of which the plan migrates nothing is left out, with all that is in it', () => {
  const source = side([
    item('schema', 'other'),
    item('table', 'other.t', 'table'),
    item('function', 'other.f()', '', 'x'),
    item('table', 'shop.left_out', 'table'),
    item('table', 'shop.planned', 'table'),
  ])
  const planned = new Set(['shop.planned'])
  const { differences, expected } = judgeParity(source, side([]), noTexts, { ...nothing, planned })
  expect(named(expected)).toEqual(['schema other', 'table shop.left_out'])
  expect(named(differences)).toEqual(['table shop.planned'])
})

describe('definitions that two versions write otherwise', () => {
  const source = side([
    item('view', 'shop.v', 'id bigint', 'hash a'),
    item('index', 'shop.t: i', null, 'hash a'),
  ])
  const target = (major: number) =>
    side([item('view', 'shop.v', 'id bigint', 'hash b'), item('index', 'shop.t: i', null, 'hash b')], major)
  const texts = (view: string, index: string) =>
    new Map([
      [textKey('view', 'shop.v'), view],
      [textKey('index', 'shop.t: i'), index],
    ])

  test('are the same where only the spelling differs', () => {
    const judged = judgeParity(
      source,
      target(17),
      {
        source: texts(
          'SELECT t.id FROM shop.t WHERE (t.id > 1);',
          'CREATE INDEX i ON shop.t USING btree (id)',
        ),
        target: texts('SELECT id FROM shop.t WHERE id > 1;', 'CREATE INDEX i ON shop.t USING btree (id)'),
      },
      nothing,
    )
    expect([...judged.differences, ...judged.unjudged]).toEqual([])
  })

  test('are for a look where the texts differ, but an index is the same text in every version', () => {
    const judged = judgeParity(
      source,
      target(17),
      { source: texts('SELECT 1', 'on (a)'), target: texts('SELECT 2', 'on (b)') },
      nothing,
    )
    expect(named(judged.unjudged)).toEqual(['view shop.v'])
    expect(named(judged.differences)).toEqual(['index shop.t: i'])
  })

  test('are differences within one version', () => {
    const same = { source: texts('SELECT t.id', 'a'), target: texts('SELECT id', 'a') }
    const judged = judgeParity(source, target(15), same, nothing)
    expect(named(judged.differences)).toEqual(['view shop.v', 'index shop.t: i'])
  })
})

test('a literal counts letter by letter', () => {
  expect(spelledAlike("a = '(x y)'", "(a = '(x y)')")).toBe(true)
  expect(spelledAlike("a = '(x y)'", "a = '(xy)'")).toBe(false)
  expect(spelledAlike("a = 'it''s t.b'", "a = 'it''s b'")).toBe(false)
})

test('a newer extension is no trouble, a missing one is', () => {
  const source = side([item('extension', 'citext', '1.6'), item('extension', 'postgis', '3.3')])
  const judged = judgeParity(source, side([item('extension', 'citext', '1.7')]), noTexts, nothing)
  expect(named(judged.minor)).toEqual(['extension citext'])
  expect(named(judged.differences)).toEqual(['extension postgis'])
})

test('sequences are behind in the direction of their increment', () => {
  const value = (name: string, increment: string, lastValue: string | null) => ({
    name,
    increment,
    lastValue,
  })
  const source = {
    ...side([]),
    sequences: [
      value('up', '1', '9007199254740993'),
      value('down', '-1', '-10'),
      value('unused', '1', null),
      value('fresh', '1', '1'),
      value('level', '1', '5'),
    ],
  }
  const target = {
    ...side([]),
    sequences: [
      value('up', '1', '9007199254740992'),
      value('down', '-1', '-9'),
      value('unused', '1', null),
      value('fresh', '1', null),
      value('level', '1', '5'),
    ],
  }
  expect(judgeParity(source, target, noTexts, nothing).sequences).toEqual({
    all: 5,
    behind: ['up', 'down', 'fresh'],
  })
})

test('from version 15 on not everybody may create in the schema public: that is told apart', () => {
  const grant = (rights: string) => item('grant', 'schema public to PUBLIC', rights)
  const judge = (before: number, after: number) =>
    judgeParity(side([grant('CREATE, USAGE')], before), side([grant('USAGE')], after), noTexts, nothing)
  expect(judge(13, 17).expected).toHaveLength(1)
  expect(judge(15, 17).differences).toHaveLength(1)
})
