import { describe, expect, test } from 'vitest'
import { createOperationResolver, runSql, splitRuns, type RowOperation } from './apply-sql.ts'
import type { Column, Table } from './catalogue.ts'
import { createLineReader } from './decode-change.ts'
import { quirkSettings } from './quirks.ts'
import { routeTable } from './table-route.ts'
import { readTaskSettings } from './task-settings.ts'

function column(name: string, baseType: string): Column {
  return {
    name,
    type: baseType,
    declaredType: baseType,
    baseType,
    baseNamespace: 'pg_catalog',
    kind: 'b',
    category: 'N',
    typmod: -1,
    notNull: false,
    generated: false,
    identityAlways: false,
  }
}

const source: Table = {
  oid: '1',
  schema: 'shop',
  name: 'a',
  kind: 'r',
  replicaIdentity: 'd',
  isPartition: false,
  hasChildren: false,
  estimatedRows: 0,
  keyColumns: ['id'],
  identityColumns: [],
  columns: [column('id', 'int8'), column('Odd', 'int4')],
}
const route = routeTable(
  {
    source,
    targetSchema: 'shop',
    targetTable: 'a',
    columns: new Map([
      ['id', 'id'],
      ['Odd', 'odd'],
    ]),
    loadOrder: 0,
    filters: [],
    parallelLoad: null,
    lobMode: null,
    lobMaxSize: null,
  },
  null,
  {
    settings: readTaskSettings({}),
    quirks: quirkSettings(),
    trimSpaceInChar: true,
    numericAsString: false,
    onTruncation: () => undefined,
  },
)

function operations(...lines: string[]): RowOperation[] {
  const read = createLineReader()
  const resolve = createOperationResolver(route, 'new key')
  return lines.flatMap((line) => {
    const change = read(`table shop.a: ${line}`)
    if (change.kind !== 'insert' && change.kind !== 'update' && change.kind !== 'delete')
      throw new Error(line)
    const operation = resolve(change)
    return operation === null || 'error' in operation ? [] : [operation]
  })
}

const LIMITS = { rows: 3, bytes: 1000 }

describe('runs', () => {
  test('keep the order, never hold a key twice, never grow beyond the limit', () => {
    const runs = splitRuns(
      operations(
        'INSERT: id[bigint]:1 "Odd"[integer]:1',
        'INSERT: id[bigint]:2 "Odd"[integer]:1',
        'INSERT: id[bigint]:3 "Odd"[integer]:1',
        'INSERT: id[bigint]:4 "Odd"[integer]:1',
        'UPDATE: id[bigint]:1 "Odd"[integer]:2',
        'UPDATE: id[bigint]:2 "Odd"[integer]:2',
        'UPDATE: id[bigint]:1 "Odd"[integer]:3',
        'DELETE: id[bigint]:1',
      ),
      LIMITS,
    )
    expect(runs.map((run) => `${run[0]?.kind} ${run.length}`)).toEqual([
      'insert 3',
      'insert 1',
      'update 2',
      'update 1',
      'delete 1',
    ])
  })

  test('become one statement with renamed columns and the values as literals', () => {
    const sql = (...lines: string[]): string => runSql(operations(...lines))
    expect(sql('INSERT: id[bigint]:1 "Odd"[integer]:null', 'INSERT: id[bigint]:2 "Odd"[integer]:-5')).toBe(
      `INSERT INTO "shop"."a" ("id", "odd") VALUES ('1', NULL), ('2', '-5')`,
    )
    expect(sql('UPDATE: id[bigint]:1 "Odd"[integer]:7', 'UPDATE: id[bigint]:2 "Odd"[integer]:8')).toBe(
      `UPDATE "shop"."a" AS t SET "odd" = v.v0::int4 FROM (VALUES ('7'::text, '1'::text), ('8', '2')) AS v(v0, v1) WHERE t."id" = v.v1::int8`,
    )
    expect(sql('DELETE: id[bigint]:1', 'DELETE: id[bigint]:2')).toBe(
      `DELETE FROM "shop"."a" AS t USING (VALUES ('1'::text), ('2')) AS v(v0) WHERE t."id" = v.v0::int8`,
    )
  })
})

test('an update of the key looks for the new key and expects nothing', () => {
  const [operation] = operations('UPDATE: old-key: id[bigint]:1 new-tuple: id[bigint]:9 "Odd"[integer]:2')
  expect(operation).toMatchObject({ zeroRowsExpected: true, values: [`'9'`, `'2'`, `'9'`] })
})
