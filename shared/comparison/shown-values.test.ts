import { expect, test } from 'vitest'
import { progressLine } from './progress-line.ts'
import { differentColumns, jsonPaths, wholeRow, type Cell } from './shown-values.ts'

const names = [
  { name: 'id', baseType: 'int8' },
  { name: 'note', baseType: 'text' },
  { name: 'data', baseType: 'jsonb' },
]
const cell = (text: string | null): Cell =>
  text === null ? [null, null, null] : [`digest of ${text}`, text.length, text]

test('only columns that differ are told, json with its paths', () => {
  const source = [cell('1'), cell('a'), cell('{"x": {"y": 1, "z z": [1, 2]}}')]
  const target = [cell('1'), cell(null), cell('{"x": {"y": 2, "z z": [1, 3]}}')]
  expect(differentColumns(names, source, target, false)).toEqual([
    {
      name: 'note',
      source: { isNull: false, bytes: 1, digest: 'digest of a', text: 'a' },
      target: { isNull: true, bytes: 0, digest: '', text: null },
    },
    {
      name: 'data',
      source: expect.objectContaining({ text: '{"x": {"y": 1, "z z": [1, 2]}}' }),
      target: expect.objectContaining({ text: '{"x": {"y": 2, "z z": [1, 3]}}' }),
      paths: ['$.x.y', '$.x["z z"][1]'],
    },
  ])
})

test('of long values what surrounds the first difference is told', () => {
  const [note] = differentColumns(
    [{ name: 'note', baseType: 'text' }],
    [cell(`${'a'.repeat(1000)}X${'b'.repeat(1000)}`)],
    [cell(`${'a'.repeat(1000)}Y${'b'.repeat(1000)}`)],
    false,
  )
  expect(note?.source.text).toBe(`…${'a'.repeat(40)}X${'b'.repeat(159)}…`)
  expect(note?.target.text).toBe(`…${'a'.repeat(40)}Y${'b'.repeat(159)}…`)
})

test('masked, only lengths and digests are told', () => {
  const masked = differentColumns(names, [['d1', 6, null]], [['d2', 7, null]], true)
  expect(masked).toEqual([
    {
      name: 'id',
      source: { isNull: false, bytes: 6, digest: 'd1' },
      target: { isNull: false, bytes: 7, digest: 'd2' },
    },
  ])
  expect(wholeRow([{ name: 'id' }], [['d1', 6, null]], 'target', true)).toEqual([
    { name: 'id', target: { isNull: false, bytes: 6, digest: 'd1' } },
  ])
})

test('paths of what is no JSON, or cut, are not told', () => {
  expect(jsonPaths('{"a": 1', '{"a": 2}')).toEqual([])
  expect(jsonPaths('{"a": 1}', '{"b": 1}')).toEqual(['$.a', '$.b'])
  expect(jsonPaths('[1]', '{"0": 1}')).toEqual(['$'])
})

test('one line says how far it is', () => {
  const progress = { tables: { done: 12, all: 40 }, rows: 1_204_993n, differences: 0, unsettled: 3 }
  expect(progressLine({ ...progress, elapsedMs: 125_300 })).toBe(
    'compare 12/40 tables  rows 1,204,993  differences 0  unsettled 3  elapsed 2m 5s',
  )
  expect(progressLine({ ...progress, elapsedMs: 3_725_000, paused: 'busy' })).toMatch(
    /elapsed 1h 2m {2}paused: busy$/u,
  )
})
