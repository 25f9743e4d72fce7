import { expect, test } from 'vitest'
import { parseTaskArns } from './task-arns.ts'

const a = 'arn:aws:dms:eu-west-1:123456789012:task:AAA'
const b = 'arn:aws-cn:dms:cn-north-1:123456789012:task:my-task'

test.each([
  ['a JSON array', JSON.stringify([a, b])],
  ['a list with commas', `${a}, ${b}`],
  ['lines', `${a}\n${b}\n`],
  ['doubles', `${a} ${b} ${a}`],
])('%s', (_, text) => {
  expect(parseTaskArns(text)).toEqual([a, b])
})

test.each([undefined, '', '  \n'])('nothing (%j) is no task', (text) => {
  expect(parseTaskArns(text)).toEqual([])
})

test('what is no ARN is named', () => {
  expect(() => parseTaskArns(`${a} my-task`)).toThrow(
    expect.objectContaining({ problems: [expect.objectContaining({ value: 'my-task' })] }),
  )
  expect(() => parseTaskArns('[broken')).toThrow(expect.objectContaining({ code: 'invalid-input' }))
})
