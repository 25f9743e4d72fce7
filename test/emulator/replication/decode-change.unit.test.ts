import { array, assert, constantFrom, option, property, record, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLineReader, plainText, sqlLiteral } from './decode-change.ts'

const quoteName = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`

describe('lines of test_decoding', () => {
  test('reads begin, commit, messages', () => {
    const read = createLineReader()
    expect(read('BEGIN 731')).toEqual({ kind: 'begin', xid: 731 })
    expect(read('COMMIT 731 (at 2026-11-20 10:00:00.25+00)')).toEqual({
      kind: 'commit',
      xid: 731,
      commitTimeMs: Date.UTC(2026, 10, 20, 10, 0, 0, 250),
    })
    expect(read('message: transactional: 1 prefix: table x, sz: 3 content:abc')).toEqual({ kind: 'message' })
  })

  test('reads an update with old key, unchanged toast, null, bit, array and quoted names', () => {
    const read = createLineReader()
    const change = read(
      `table "Odd: Schema"."a.b": UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 "x[y]"[integer[]]:'{1,2}' ` +
        `note["Weird]""Type"]:'it''s: [a] new-tuple: ' big[text]:unchanged-toast-datum gone[text]:null b[bit varying]:B'0101'`,
    )
    expect(change).toEqual({
      kind: 'update',
      schema: 'Odd: Schema',
      table: 'a.b',
      before: { names: ['id'], values: ['1'] },
      after: {
        names: ['id', 'x[y]', 'note', 'big', 'gone', 'b'],
        values: ['2', "'{1,2}'", "'it''s: [a] new-tuple: '", undefined, null, "B'0101'"],
      },
    })
  })

  test('reads lines without tuples and TRUNCATE of several tables', () => {
    const read = createLineReader()
    expect(read('table public.t: DELETE: (no-tuple-data)')).toMatchObject({ kind: 'delete', before: null })
    expect(read('table public.a, public."B, c": TRUNCATE: restart_seqs cascade')).toEqual({
      kind: 'truncate',
      tables: [
        { schema: 'public', table: 'a' },
        { schema: 'public', table: 'B, c' },
      ],
      cascade: true,
      restartSequences: true,
    })
    expect(read('table public.a: TRUNCATE: (no-flags)')).toMatchObject({ cascade: false })
  })

  test('a changed shape of the table is noticed, a repeated one shares its names', () => {
    const read = createLineReader()
    const line = 'table public.t: INSERT: id[integer]:1 v[text]:null'
    const first = read(line)
    const second = read(line)
    const wider = read('table public.t: INSERT: id[integer]:1 w[text]:null v[text]:null')
    const narrower = read('table public.t: INSERT: id[integer]:7')
    if (first.kind !== 'insert' || second.kind !== 'insert') throw new Error('not inserts')
    expect(second.after?.names).toBe(first.after?.names)
    expect(wider).toMatchObject({ after: { names: ['id', 'w', 'v'] } })
    expect(narrower).toMatchObject({ after: { names: ['id'], values: ['7'] } })
  })

  test('any text in any column comes back as it went in', () => {
    const text = string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''))
    const column = record({
      name: text.filter((name) => name !== ''),
      type: constantFrom('text', 'integer[]', '"Weird]Type"', 'timestamp with time zone', 'jsonb'),
      value: option(text, { nil: null }),
    })
    assert(
      property(array(array(column, { minLength: 1, maxLength: 6 }), { minLength: 1 }), (rows) => {
        const read = createLineReader()
        for (const columns of rows) {
          const body = columns
            .map(({ name, type, value }) => {
              const literal = value === null ? 'null' : `'${value.replaceAll("'", "''")}'`
              return ` ${quoteName(name)}[${type}]:${literal}`
            })
            .join('')
          const change = read(`table public.t: INSERT:${body}`)
          if (change.kind !== 'insert' || change.after === null) throw new Error('not an insert')
          expect(change.after.names).toEqual(columns.map(({ name }) => name))
          const values = change.after.values.map((raw) => (typeof raw === 'string' ? plainText(raw) : raw))
          expect(values).toEqual(columns.map(({ value }) => value))
        }
      }),
      { numRuns: 200 },
    )
  })

  test('literals of every form become quoted literals', () => {
    expect(sqlLiteral('-1.5')).toBe("'-1.5'")
    expect(sqlLiteral('NaN')).toBe("'NaN'")
    expect(sqlLiteral("'it''s'")).toBe("'it''s'")
    expect(sqlLiteral("B'01'")).toBe("'01'")
  })
})
