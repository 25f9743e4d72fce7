import { describe, expect, it } from 'vitest'
import { demandStopPosition, readStartPosition, recoveryCheckpoint } from './cdc-position.ts'

describe('readStartPosition', () => {
  it.each([
    ['4AF/B00000D0', '4AF/B00000D0'],
    ['0/16b3748', '0/16B3748'],
    ['checkpoint:V1#34#00000132/0F000E48#0#0#*#0#121', '132/F000E48'],
    ['checkpoint:V1#1#00000000/016B3748#0#0#*#0#1', '0/16B3748'],
  ])('%s', (position, lsn) => {
    expect(readStartPosition(position)).toBe(lsn)
  })

  it('comes back from a recovery checkpoint', () => {
    expect(readStartPosition(recoveryCheckpoint('132/F000E48'))).toBe('132/F000E48')
  })

  it.each(['2026-01-01T00:00:00', 'checkpoint:V1#34', '1234'])('refuses %s', (position) => {
    expect(() => readStartPosition(position)).toThrow('Invalid CdcStartPosition')
  })
})

it('knows two forms of a stop position', () => {
  expect(() => demandStopPosition('server_time:2026-01-01T00:00:00')).not.toThrow()
  expect(() => demandStopPosition('commit_time:2026-01-01T00:00:00')).not.toThrow()
  expect(() => demandStopPosition('2026-01-01T00:00:00')).toThrow('Invalid CdcStopPosition')
})
