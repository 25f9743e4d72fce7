import { expect, test } from 'vitest'
import { SecretMasker } from './secret-masker.ts'
import { StepRecord } from './step-record.ts'

function record(lines: readonly string[], debug = false): StepRecord {
  const one = new StepRecord({ masker: new SecretMasker(), workspace: '/home/runner/space', debug })
  for (const line of lines) one.output(line)
  return one
}

test('an error becomes an annotation and a line of the log', () => {
  const { annotations, lines } = record([
    '::error file=/home/runner/space/maps/a.yml,line=3,endLine=3,col=2,endColumn=9,title=Wrong%3A a%2Cb::first%0Asecond 100%25',
  ])
  expect(annotations).toEqual([
    {
      level: 'error',
      message: 'first\nsecond 100%',
      title: 'Wrong: a,b',
      file: 'maps/a.yml',
      line: 3,
      endLine: 3,
      column: 2,
      endColumn: 9,
    },
  ])
  expect(lines).toEqual(['##[error]first', 'second 100%'])
})

test.each([
  ['endLine alone stands for the line', 'endLine=4', { line: 4, endLine: 4 }],
  ['an end before the start is dropped', 'line=4,endLine=2', { line: 4 }],
  ['columns need a line', 'col=1,endColumn=2', {}],
  ['columns need one line only', 'line=1,endLine=3,col=1', { line: 1, endLine: 3 }],
  ['what is no number is dropped', 'line=x', {}],
])('%s', (_, properties, expected) => {
  expect(record([`::notice ${properties}::m`]).annotations).toEqual([
    { level: 'notice', message: 'm', ...expected },
  ])
})

test('the runner keeps ten annotations of a level', () => {
  const { annotations, lines } = record(Array.from({ length: 12 }, (_, index) => `::warning::w${index}`))
  expect(annotations).toHaveLength(10)
  expect(lines).toHaveLength(12)
})

test('what is masked is hidden in lines and annotations that follow', () => {
  const { lines, annotations } = record([
    'before hunter22',
    '::add-mask::hunter22',
    'x hunter22',
    '::error title=hunter22::hunter22',
  ])
  expect(lines).toEqual(['before hunter22', 'x ***', '##[error]***'])
  expect(annotations).toEqual([{ level: 'error', message: '***', title: '***' }])
})

test('stop-commands turns commands into text until its token', () => {
  const { lines, annotations } = record([
    '::stop-commands::tok3n-abc',
    '::error::quiet',
    '::tok3n-abc::',
    '::error::loud',
  ])
  expect(annotations.map(({ message }) => message)).toEqual(['loud'])
  expect(lines).toEqual(['::stop-commands::tok3n-abc', '::error::quiet', '::***::', '##[error]loud'])
})

test.each(['', 'pause-logging', 'error'])('stop-commands refuses the token %j', (token) => {
  expect(record([`::stop-commands::${token}`]).failed).toBe(true)
})

test('the older form is a command wherever it stands in a line', () => {
  expect(record(['text ##[error title=a%3Bb;line=2]oops']).annotations).toEqual([
    { level: 'error', message: 'oops', title: 'a;b', line: 2 },
  ])
})

test.each(['not a ::error::command', '::unknown::x', ':: error::x', '::error', '##[section]x'])(
  '%j is no command',
  (line) => {
    const { lines, annotations } = record([line])
    expect({ lines, annotations }).toEqual({ lines: [line], annotations: [] })
  },
)

test('deprecated commands work with a warning, disabled ones fail the step', () => {
  const old = record(['::set-output name=a::1', '::save-state name=b::2'])
  expect({ outputs: old.outputs, state: old.state }).toEqual({ outputs: { a: '1' }, state: { b: '2' } })
  expect(old.annotations.map(({ level }) => level)).toEqual(['warning', 'warning'])
  expect(record(['::set-env name=a::1']).failed).toBe(true)
})

test('debug lines show only in debug', () => {
  expect(record(['::debug::x']).lines).toEqual([])
  expect(record(['::debug::x'], true).lines).toEqual(['##[debug]x'])
})

test('groups are folded by marks', () => {
  expect(record(['::group::My title', 'x', '::endgroup::']).lines).toEqual([
    '##[group]My title',
    'x',
    '##[endgroup]',
  ])
})
