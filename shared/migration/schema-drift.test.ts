import { expect, test } from 'vitest'
import { schemaDrift } from './schema-drift.ts'

const before = [
  'child shop.orders_2026 of shop.orders FOR VALUES IN (2026)',
  'column "Ware house"."odd.name" 2 "a ""b"" c" character varying(20) f ',
  'column shop.orders 1 id bigint t ',
  'key shop.orders t f 1 t',
  'relation "Ware house"."odd.name" r p d f f',
  'relation shop.orders r p d f f',
  'relation shop.orders_2026 r p d t f',
  'relation shop.orders_id_seq S p n f f',
  'sequence shop.orders_id_seq bigint 1 1 1 9223372036854775807 f',
  'trigger shop.orders touch O 19 shop.touch',
]
const without = (text: string) => before.filter((line) => line !== text)

test('the same lines are no drift', () => {
  expect(schemaDrift(before, before)).toEqual([])
})

test.each<[string, readonly string[], string]>([
  ['a column', [...before, 'column shop.orders 9 note text f '], 'column shop.orders.note is new'],
  ['a column that goes', without(before[2] ?? ''), 'column shop.orders.id is gone'],
  [
    'a type, with names that need quotes',
    before.map((line) => line.replace('varying(20)', 'varying(40)')),
    'column "Ware house"."odd.name"."a ""b"" c" has changed (character varying(20) f → character varying(40) f)',
  ],
  [
    'a table that became unlogged',
    before.map((line) => line.replace('shop.orders r p d', 'shop.orders r u d')),
    'table shop.orders has changed (logged, replica identity default → unlogged, replica identity default)',
  ],
  [
    'a trigger that was disabled',
    before.map((line) => line.replace('touch O', 'touch D')),
    'trigger touch of shop.orders has changed (O 19 shop.touch → D 19 shop.touch)',
  ],
  ['a key', [...before, 'key shop.orders f f 2 t'], 'unique key of shop.orders (f f 2 t) is new'],
  [
    'a whole table, without its parts',
    [...before, 'relation shop.late r p d f f', 'column shop.late 1 id integer t ', 'key shop.late t f 1 t'],
    'table shop.late is new',
  ],
  [
    'a whole table that goes',
    before.filter((line) => !line.includes(' shop.orders ') || line.startsWith('child')),
    'table shop.orders is gone',
  ],
  ['a partition', without(before[0] ?? ''), 'partition shop.orders_2026 is gone'],
])('%s is named', (_, now, text) => {
  expect(schemaDrift(before, now)).toEqual([text])
})
