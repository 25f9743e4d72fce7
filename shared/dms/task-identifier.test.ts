import { describe, expect, test } from 'vitest'
import {
  endpointIdentifier,
  externalId,
  replicationInstanceIdentifier,
  taskIdentifier,
} from './task-identifier.ts'

describe('names in AWS', () => {
  test('tasks are counted from 1', () => {
    expect(taskIdentifier('shop', 0)).toBe('aurora-migration-shop-1')
    expect(taskIdentifier('shop', 11)).toBe('aurora-migration-shop-12')
  })

  test('the longest name of a migration still fits a replication instance (63 characters)', () => {
    const longest = `a${'b'.repeat(39)}`
    expect(replicationInstanceIdentifier(longest).length).toBeLessThanOrEqual(63)
    expect(replicationInstanceIdentifier(longest)).toMatch(/^[a-z][a-z0-9-]*$/u)
  })

  test('an endpoint is named for its side', () => {
    expect(endpointIdentifier('shop', 'target')).toBe('aurora-migration-shop-target')
  })

  test('the external id is the last segment of the ARN', () => {
    expect(externalId('arn:aws:dms:eu-west-1:123456789012:task:ABCDEF')).toBe('ABCDEF')
  })
})
