import { describe, expect, test } from 'vitest'
import { differences } from './document-difference.ts'

describe('differences', () => {
  test('nothing where DMS has only added its defaults', () => {
    const wanted = { Target: { LobMaxSize: 32 }, rules: [{ 'rule-id': '1' }] }
    const found = {
      Target: { LobMaxSize: 32, Chunk: 0 },
      Logging: null,
      rules: [{ 'rule-id': '1', filters: [] }],
    }
    expect(differences(wanted, found)).toEqual([])
  })

  test('a value that differs, by its path', () => {
    expect(differences({ a: { b: [1, 2] } }, { a: { b: [1, 3] } })).toEqual([
      { path: 'a.b[1]', wanted: '2', found: '3' },
    ])
  })

  test('a list that is longer differs as a whole', () => {
    expect(differences({ rules: [1] }, { rules: [1, 2] })).toEqual([
      { path: 'rules', wanted: '[1]', found: '[1,2]' },
    ])
  })

  test('what is missing', () => {
    expect(differences({ a: true }, undefined)).toEqual([
      { path: '', wanted: '{"a":true}', found: 'nothing' },
    ])
    expect(differences({ a: true }, {})).toEqual([{ path: 'a', wanted: 'true', found: 'nothing' }])
  })
})
