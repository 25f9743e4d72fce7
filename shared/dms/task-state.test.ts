import { describe, expect, test } from 'vitest'
import { logHint, stopRemedy, taskState } from './task-state.ts'

const state = (status: string, stopReason = '', failure = '') => taskState({ status, stopReason, failure })

describe('taskState', () => {
  test.each(['creating', 'starting', 'stopping', 'modifying', 'moving', 'testing', 'deleting'])(
    '%s is on its way',
    (status) => {
      expect(state(status)).toEqual({ kind: 'settling', status })
    },
  )

  test('a full-load task that is done has stopped for that reason', () => {
    expect(state('stopped', 'Stop Reason FULL_LOAD_ONLY_FINISHED')).toEqual({ kind: 'finished' })
  })

  test.each([
    ['Stop Reason NORMAL', 'user'],
    ['', 'user'],
    ['Stop Reason STOPPED_AFTER_CACHED_EVENTS', 'setting'],
    ['Stop Reason STOPPED_DUE_TO_LOW_DISK', 'itself'],
    ['Last Error  lost connection Stop Reason RECOVERABLE_ERROR Error Level RECOVERABLE', 'itself'],
    ['Stop Reason SOMETHING_NEW', 'itself'],
  ])('stopped with “%s”: by %s', (reason, by) => {
    expect(state('stopped', reason)).toEqual({ kind: 'stopped', by, reason })
  })

  test('a failure tells its message, or the stop reason, or that there is none', () => {
    expect(state('failed', 'Stop Reason FATAL_ERROR', 'Last Error boom')).toEqual({
      kind: 'failed',
      message: 'Last Error boom',
    })
    expect(state('failed', 'Stop Reason FATAL_ERROR')).toMatchObject({ message: 'Stop Reason FATAL_ERROR' })
    expect(state('failed')).toMatchObject({ message: 'DMS gives no reason' })
  })

  test('a status that nobody knows is never success', () => {
    expect(state('hovering')).toEqual({ kind: 'unknown', status: 'hovering' })
  })
})

describe('what people are told', () => {
  const arn = 'arn:aws:dms:eu-west-1:123456789012:task:ABC'

  test('where the log is', () => {
    expect(logHint(arn, 'mover')).toBe('CloudWatch log group dms-tasks-mover, stream dms-task-ABC')
  })

  test('a broken load starts anew; a broken CDC is resumed', () => {
    const failed = { kind: 'failed', message: 'Stop Reason STOPPED_DUE_TO_LOW_DISK' } as const
    const task = { identifier: 't', arn, fullLoadFinished: undefined }
    expect(stopRemedy(task, failed)).toMatch(/more storage.*delete the task.*create-task again/u)
    expect(stopRemedy({ ...task, fullLoadFinished: new Date(0) }, failed)).toMatch(
      /more storage.*resume-processing/u,
    )
  })
})
