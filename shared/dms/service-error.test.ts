import { describe, expect, test } from 'vitest'
import { serviceError } from './service-error.ts'

function thrown(name: string, fault?: 'client' | 'server'): Error {
  return Object.assign(new Error(`${name} said so`), {
    name,
    ...(fault === undefined ? {} : { $fault: fault }),
  })
}

describe('serviceError', () => {
  test.each([
    ['AccessDeniedException', 'client', 'precondition', 'dms:StopReplicationTask'],
    ['ExpiredTokenException', 'client', 'precondition', 'goes on where it was'],
    ['ThrottlingException', 'client', 'unavailable', 'Run the job again'],
    ['InternalFailure', 'server', 'unavailable', 'Run the job again'],
    ['SomethingNewFault', 'client', 'precondition', 'CloudTrail'],
  ] as const)('%s is told with a remedy', (name, fault, code, remedy) => {
    const error = serviceError(thrown(name, fault), 'StopReplicationTask', 'task')
    expect(error.code).toBe(code)
    expect(error.remedy).toContain(remedy)
  })

  test('a connection that is refused may pass', () => {
    expect(serviceError(thrown('Error'), 'StopReplicationTask', 'task').code).toBe('unavailable')
  })

  test('an abort is a cancellation, not a failure of AWS', () => {
    expect(serviceError(thrown('AbortError'), 'StopReplicationTask', 'task').code).toBe('cancelled')
  })
})
