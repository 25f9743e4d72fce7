import { describe, expect, test } from 'vitest'
import type { PreflightFacts } from '../facts.ts'
import { cleanFacts, column, index, known, relation, testMigration, withTables } from '../clean-facts.ts'
import { said } from '../said.ts'

const id = column('id', 'int8')
const bare = { indexes: [] }

const filled = (emptyTarget: 'refuse' | 'truncate', prepared = false): PreflightFacts => {
  const facts = cleanFacts()
  return {
    ...facts,
    migration: { ...testMigration, 'empty-target': emptyTarget },
    target: {
      ...facts.target,
      filled: known([{ schema: 'shop', table: 'orders' }]),
      migrations: known(prepared ? [{ migration: 'shop', phase: 'guarded', prepared }] : []),
    },
  }
}
const columns = (source: ReturnType<typeof column>[], target: ReturnType<typeof column>[]) =>
  withTables([relation('a', { columns: source })], [relation('a', { columns: target })])
const trigger = (enabled: string) => ({ triggers: [{ name: 't', enabled }] })
const prepared = (facts: PreflightFacts): PreflightFacts => ({
  ...facts,
  target: {
    ...facts.target,
    migrations: known([{ migration: 'shop', phase: 'guarded', prepared: true }]),
  },
})
const rules = (enabled: string): PreflightFacts => {
  const facts = cleanFacts()
  const rule = { schema: 'shop', table: 'orders', rule: 'r', enabled }
  return { ...facts, target: { ...facts.target, rules: known([rule]) } }
}

describe('the target beside the source', () => {
  test.each<[string, string, PreflightFacts, string[]]>([
    [
      'target-tables',
      'missing',
      withTables([relation('a'), relation('b')], [relation('a')]),
      ['blocker: shop.b'],
    ],
    [
      'target-tables',
      'a parent of another kind',
      withTables([relation('a')], [relation('a')], { parents: [relation('p', { kind: 'p' })] }, {}),
      ['blocker: shop.p'],
    ],
    ['target-columns', 'missing', columns([id, column('x')], [id]), ['blocker: shop.a.x is missing']],
    [
      'target-columns',
      'another type',
      columns([column('x', 'text')], [column('x', 'int4')]),
      ['blocker: shop.a.x is int4, not text'],
    ],
    [
      'target-columns',
      'stricter',
      columns([column('x')], [column('x', 'bigint', { notNull: true })]),
      ['blocker: shop.a.x is NOT NULL there only'],
    ],
    [
      'target-columns',
      'relaxed by the preparation',
      columns([column('x', 'bigint', { notNull: true })], [column('x')]),
      [],
    ],
    ['target-columns', 'one more', columns([id], [id, column('x')]), ['warning: shop.a.x']],
    [
      'target-columns',
      'one more that must be given',
      columns([id], [id, column('x', 'bigint', { notNull: true })]),
      ['blocker: shop.a.x exists there only, is NOT NULL and has no default'],
    ],
    [
      'target-keys',
      'no key',
      withTables([relation('a')], [relation('a', bare)]),
      ['blocker: shop.a: "id" here, none there'],
    ],
    [
      'target-secondary-objects',
      'an index',
      withTables(
        [relation('a', { indexes: [...relation('a').indexes, index('i', ['x'])] })],
        [relation('a')],
      ),
      ['warning: shop.a: index i'],
    ],
    [
      'target-secondary-objects',
      'a default',
      columns([column('x', 'int8', { default: '1' })], [column('x', 'int8', { default: '2' })]),
      ['warning: shop.a: default of x'],
    ],
    [
      'target-secondary-objects',
      'a constraint',
      withTables(
        [
          relation('a', {
            constraints: [
              { name: 'c', kind: 'c', isDeferrable: false, isValidated: true, definition: 'CHECK (true)' },
            ],
          }),
        ],
        [relation('a')],
      ),
      ['warning: shop.a: constraint c'],
    ],
    [
      'target-identity-always',
      'one',
      columns([id], [column('id', 'int8', { identity: 'a' })]),
      ['warning: shop.a.id'],
    ],
    [
      'target-generated-columns',
      'one',
      columns([id], [id, column('g', 'int8', { generated: 's' })]),
      ['blocker: shop.a.g'],
    ],
    [
      'target-triggers',
      'always',
      withTables([relation('a')], [relation('a', trigger('A'))]),
      ['note: shop.a: t'],
    ],
    [
      'target-triggers',
      'replica',
      withTables([relation('a')], [relation('a', trigger('R'))]),
      ['note: shop.a: t'],
    ],
    [
      'target-triggers',
      'ordinary',
      withTables([relation('a')], [relation('a', trigger('O'))]),
      ['note: shop.a: t'],
    ],
    [
      'target-triggers',
      'always, since the target was prepared',
      prepared(withTables([relation('a')], [relation('a', trigger('A'))])),
      ['blocker: shop.a: t'],
    ],
    ['target-triggers', 'disabled', withTables([relation('a')], [relation('a', trigger('D'))]), []],
    ['target-rules', 'ordinary', rules('O'), ['warning: shop.orders: r']],
    ['target-rules', 'always', rules('A'), ['blocker: shop.orders: r']],
    ['target-empty', 'rows', filled('refuse'), ['blocker: shop.orders']],
    ['target-empty', 'rows that may go', filled('truncate'), ['note: shop.orders']],
    ['target-empty', 'rows of this migration', filled('refuse', true), ['note: shop.orders']],
  ])('%s: %s', (code, _, facts, expected) => {
    expect(said(code, facts)).toEqual(expected)
  })
})
