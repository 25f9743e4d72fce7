import { expect, test } from 'vitest'
import { readWorkflow } from './workflow-file.ts'

const read = (text: string) => readWorkflow(text, 'production-cutover')
const cutover = (approval: string) =>
  `jobs:\n  go: { steps: [{ uses: a/b/actions/cutover@v1, with: { require-approval: ${approval} } }] }\n`

test('jobs are listed by their environment, computed ones included', () => {
  const workflow =
    'jobs:\n  a: { environment: Production-Cutover }\n  b: { environment: { name: x } }\n  c: { environment: "${{ inputs.e }}" }\n  d: {}\n'
  expect(read(workflow)?.jobsInEnvironment).toEqual(['a', 'c'])
})

test.each([
  ['permissions: {}\n', 'none'],
  ['permissions: { contents: read }\n', 'some'],
  ['permissions: read-all\n', 'some'],
  ['permissions: write-all\n', 'write-all'],
  ['', 'not said'],
])('%j at the top gives %s', (line, word) => {
  expect(read(`${line}jobs: {}\n`)?.topPermissions).toBe(word)
})

test.each([
  ['jobs: {}', 'none'],
  ['concurrency: one\njobs: {}', 'waits'],
  ['concurrency: { group: one, cancel-in-progress: false }\njobs: {}', 'waits'],
  ['concurrency: { group: one, cancel-in-progress: true }\njobs: {}', 'cancels'],
  ['concurrency: { group: one, cancel-in-progress: "${{ inputs.c }}" }\njobs: {}', 'cancels'],
  ['jobs: { a: { concurrency: one } }', 'waits'],
  ['concurrency: one\njobs: { a: { concurrency: { group: b, cancel-in-progress: true } } }', 'cancels'],
])('%j: a second run %s', (text, word) => {
  expect(read(text)?.concurrency).toBe(word)
})

test.each([
  ["'false'", false],
  ['false', false],
  ["'true'", true],
  ["'${{ inputs.approval }}'", true],
])('require-approval: %s', (approval, asks) => {
  expect(read(cutover(approval))).toMatchObject({ cutoverJobs: ['go'], asksForApproval: asks })
})

test('a job that only tidies up after a cutover is none', () => {
  const abort = (given: string) =>
    `jobs: { tidy: { steps: [{ uses: a/b/actions/cutover@v1, with: { abort-only: ${given} } }] } }`
  expect(read(abort("'true'"))?.cutoverJobs).toEqual([])
  expect(read(abort('true'))?.cutoverJobs).toEqual([])
  for (const given of ["'false'", "'${{ inputs.abort }}'"])
    expect(read(abort(given))?.cutoverJobs).toEqual(['tidy'])
})

test('a workflow without a cutover leaves it to another, which may ask', () => {
  expect(read('jobs: { a: { steps: [{ uses: ./actions/preflight }] } }')).toMatchObject({
    cutoverJobs: [],
    asksForApproval: true,
  })
})

test.each(['', 'jobs: [', 'name: x', '- 1'])('%j is no workflow', (text) => {
  expect(read(text)).toBeUndefined()
})
