import { expect, test } from 'vitest'
import { probed, probeStatement } from './value-probe.ts'

const column = (name: string, bytes: number, baseType = 'date') => ({
  schema: 'shop',
  table: 'Some "table"',
  column: name,
  baseType,
  bytes,
})

test('small tables are read, larger ones left, and a statement stays bounded', () => {
  const { direct, left } = probed([column('a', 8192), column('b', 9 * 1024 * 1024)])
  expect(direct.map((one) => one.column)).toEqual(['a'])
  expect(left.map((one) => one.column)).toEqual(['b'])
  const many = Array.from({ length: 250 }, (_, index) => column(`c${index}`, 8192))
  expect(probed(many).direct).toHaveLength(200)
  expect(probed(many).left).toHaveLength(50)
})

test('names are quoted in the statement', () => {
  const statement = probeStatement([column('a"b', 1), column('n', 1, 'numeric')])
  expect(statement).toContain('bool_or(not isfinite("a""b"))')
  expect(statement).toContain('from only "shop"."Some ""table"""')
  expect(statement.split('union all')).toHaveLength(2)
})
