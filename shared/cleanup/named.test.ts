import { expect, test } from 'vitest'
import { parseNamed } from './named.ts'

test('ARNs of what can be removed, and slots with their side', () => {
  const arns = [
    'arn:aws:dms:eu-west-1:123456789012:endpoint:ABC',
    'arn:aws-cn:dms:cn-north-1:123456789012:replication-config:ABC',
    'arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:before',
    'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:old one',
  ]
  expect(parseNamed([...arns, 'source:old_slot', 'target:t1'])).toEqual({
    arns,
    slots: [
      { side: 'source', slot: 'old_slot' },
      { side: 'target', slot: 't1' },
    ],
  })
})

test('databases and whatever else is refused, all at once', () => {
  const entries = [
    'arn:aws:rds:eu-west-1:123456789012:cluster:shop',
    'arn:aws:rds:eu-west-1:123456789012:db:shop-1',
    'old_slot',
    'source:Not-A-Slot',
    'arn:aws:s3:::bucket',
  ]
  expect(() => parseNamed(entries)).toThrowError(
    expect.objectContaining({
      code: 'invalid-input',
      problems: entries.map((value) => expect.objectContaining({ value }) as unknown),
    }) as Error,
  )
  expect(() => parseNamed(entries.slice(0, 1))).toThrow('is a database: cleanup deletes none')
})
