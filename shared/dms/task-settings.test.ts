import { describe, expect, test } from 'vitest'
import { taskSettings } from './task-settings.ts'

const decisions = { lobMaxKb: 64, validation: true, fullLoadSubtasks: 8, stopAfterCachedChanges: false }

describe('taskSettings', () => {
  test('takes the decisions of the plan', () => {
    expect(taskSettings(decisions)).toMatchObject({
      TargetMetadata: { LimitedSizeLobMode: true, FullLobMode: false, LobMaxSize: 64 },
      FullLoadSettings: {
        MaxFullLoadSubTasks: 8,
        TargetTablePrepMode: 'DO_NOTHING',
        StopTaskCachedChangesApplied: false,
      },
      ValidationSettings: { EnableValidation: true },
    })
  })

  test('switches validation off, and asks for nothing else of it', () => {
    expect(taskSettings({ ...decisions, validation: false }).ValidationSettings).toEqual({
      EnableValidation: false,
    })
  })

  test('stops for finish-target where something is made between load and changes', () => {
    expect(taskSettings({ ...decisions, stopAfterCachedChanges: true })).toMatchObject({
      FullLoadSettings: { StopTaskCachedChangesApplied: true, StopTaskCachedChangesNotApplied: false },
    })
  })

  test('leaves out the log group and stream, which DMS refuses on creation', () => {
    expect(Object.keys(taskSettings(decisions).Logging as object)).toEqual(['EnableLogging'])
  })

  test('lets no rejected row pass unseen', () => {
    const behaviour = taskSettings(decisions).ErrorBehavior as Record<string, unknown>
    const silent = Object.entries(behaviour).filter(([, value]) => value === 'IGNORE_RECORD')
    expect(silent).toEqual([])
    expect(behaviour.FailOnNoTablesCaptured).toBe(true)
    expect(behaviour.DataErrorPolicy).toBe('SUSPEND_TABLE')
  })
})
