import { expect, test } from 'vitest'
import { callsNamedIn, jsonPolicies } from './policies.ts'

const block = (text: string): string => `\`\`\`json\n${text}\n\`\`\`\n`

test.each([
  ['a policy', block('{ "Statement": [{ "Action": ["dms:A", "dms:B"] }] }'), ['dms:A', 'dms:B']],
  ['a statement alone', block('{ "Sid": "S", "Action": ["rds:C"] }'), ['rds:C']],
  [
    'the text',
    'With `serverless`, `dms:StartReplication`, and `rds:Describe`.',
    ['dms:StartReplication', 'rds:Describe'],
  ],
  ['both', `${block('{ "Action": "sts:E" }')}and \`sts:E\``, ['sts:E']],
  ['nothing', 'Words: `like: this`', []],
])('calls are found in %s', (_, document, calls) => {
  expect([...callsNamedIn(document)]).toEqual(calls)
})

test('JSON with a mistake is not passed over', () => {
  expect(() => jsonPolicies(block('{ "Action": [ }'))).toThrow(SyntaxError)
})
