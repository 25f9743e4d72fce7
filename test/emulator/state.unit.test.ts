import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { emptyDmsState } from './dms/records.ts'
import { emptyRds } from './rds/rds-state.ts'
import { StateStore } from './state.ts'
import type { EmulatorState } from './state.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'state-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const empty = (): EmulatorState => ({
  ...emptyDmsState(),
  secrets: [],
  parameters: [],
  hostedZones: [],
  rds: emptyRds(),
  shares: [],
  alarms: [],
  topics: [],
  sessions: [],
  tags: {},
  knobs: {},
})

it('finds again what was saved, and seeds a new folder only once', () => {
  const store = new StateStore(folder, empty)
  store.state.knobs.metricDelayMs = 5
  store.save()
  const again = new StateStore(folder, () => {
    throw new Error('seeded twice')
  })
  expect(again.state.knobs).toEqual({ metricDelayMs: 5 })
})

it('keeps the progress of each task in a file of its own until it is forgotten', () => {
  const store = new StateStore(folder, empty)
  expect(store.progress('ABC')).toEqual({})
  store.saveProgress('ABC', { statistics: [] })
  expect(new StateStore(folder, empty).progress('ABC')).toEqual({ statistics: [] })
  store.forgetProgress('ABC')
  expect(store.progress('ABC')).toEqual({})
  expect(new StateStore(folder, empty).progress('ABC')).toEqual({})
})

it('is not confused by a file that was half written when the process was killed', () => {
  const store = new StateStore(folder, empty)
  store.save()
  writeFileSync(join(folder, 'state.json.new'), '{"half"')
  expect(new StateStore(folder, empty).state).toEqual(empty())
  store.save()
  expect(readdirSync(folder).sort()).toEqual(['progress', 'state.json', 'task-logs'])
})
