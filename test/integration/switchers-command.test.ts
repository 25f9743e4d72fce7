import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { PlannedSwitch } from '../../shared/migration/planned-switch.ts'
import { openSwitchersLab, type SwitchersLab } from './switchers-lab.ts'

const target = {
  host: 'aurora.example',
  port: 5433,
  database: 'shop',
  reader: { host: 'aurora-ro.example', port: 5433 },
}

let lab: SwitchersLab
beforeAll(async () => {
  lab = await openSwitchersLab()
})
afterAll(() => lab.close())

let folder: string
beforeEach(() => {
  lab.lines.length = 0
  folder = mkdtempSync(join(tmpdir(), 'command '))
})
afterEach(() => rmSync(folder, { recursive: true }))
const command = (text: string, more: Partial<PlannedSwitch & { kind: 'command' }> = {}): PlannedSwitch => ({
  kind: 'command',
  command: text,
  timeout: 10_000,
  ...more,
})

test('finds the address in its environment, none of the action’s inputs; its lines are logged and do no harm', async () => {
  process.env['INPUT_GITHUB-TOKEN'] = 'a token'
  const file = join(folder, 'seen')
  const text = `env > '${file}'; echo '::set-output name=x::y'; echo done >&2`
  const done = await lab.switcher(command(text)).switch(target, 3n)
  delete process.env['INPUT_GITHUB-TOKEN']
  expect(done).toMatchObject({ changed: true, detail: 'ended with 0' })
  const seen = readFileSync(file, 'utf8').split('\n')
  expect(seen).toEqual(
    expect.arrayContaining([
      'AURORA_MIGRATION_HOST=aurora.example',
      'AURORA_MIGRATION_PORT=5433',
      'AURORA_MIGRATION_DATABASE=shop',
      'AURORA_MIGRATION_READER_HOST=aurora-ro.example',
      'AURORA_MIGRATION_GENERATION=3',
      'AURORA_MIGRATION_NAME=shop',
    ]),
  )
  expect(seen.join('\n')).not.toContain('a token')
  expect(lab.lines).toHaveLength(2)
  for (const line of lab.lines) expect(line).toMatch(/^command `env > /u)
})

test('one that fails says why, one that takes too long is ended with all that it started', async () => {
  await expect(
    lab.switcher(command('echo no such pod >&2; exit 3')).switch(target, 1n),
  ).rejects.toMatchObject({
    code: 'precondition',
    message: 'command `echo no such pod >&2; exit 3`: ended with exit code 3: no such pod',
  })
  const file = join(folder, 'ticks')
  const slow = command(`(while :; do echo x >> '${file}'; sleep 0.05; done) & wait`, { timeout: 300 })
  await expect(lab.switcher(slow).switch(target, 1n)).rejects.toMatchObject({ code: 'timeout' })
  const ticks = readFileSync(file, 'utf8')
  await sleep(300)
  expect(readFileSync(file, 'utf8')).toBe(ticks)
})

test('its check runs before anybody waits', async () => {
  const good = lab.switcher(command('exit 1', { check: 'test "$AURORA_MIGRATION_PORT" = 5433' }))
  expect(await good.check(target)).toEqual({ problems: [], notes: [], users: [] })
  const bad = lab.switcher(command('true', { check: 'echo not logged in; exit 1' }))
  expect((await bad.check(target)).problems).toMatchObject([
    { field: 'cutover.switch[0]', message: expect.stringContaining('not logged in') as string },
  ])
})
