import { expect, test } from 'vitest'
import { MigrationError } from '../runtime/errors.ts'
import { bodyOf, emptyStatus, markerOf, readStatus, stepEnded, stepStarted, withLine } from './status.ts'

const place = (action: string, minute: string) => ({
  action,
  at: `2026-01-02T03:${minute}:00.000Z`,
  url: `https://github.com/acme/shop/actions/runs/${minute}`,
})
const outcome = (headline: string, outputs: Record<string, string> = {}) => ({
  outcome: { headline, outputs, summary: '' },
})

test('a status says steps, progress, freeze and what comes next', () => {
  let status = stepStarted(emptyStatus('shop'), place('create-task', '01'))
  status = stepEnded(status, place('create-task', '02'), outcome('1 task for 30 tables'))
  status = withLine(status, 'full-load 7/30 tables', place('', '03').at)
  status = stepEnded(
    status,
    place('wait-cdc-sync', '04'),
    outcome('caught up', { 'predicted-freeze-ms': '800' }),
  )
  expect(bodyOf(status)).toContain('Predicted freeze: **800 ms**')
  expect(bodyOf(status)).toContain('**Next:** A reviewer approves')
  status = stepEnded(status, place('cutover', '05'), outcome('open', { state: 'opened', 'freeze-ms': '250' }))
  const body = bodyOf(status)
  expect(body.startsWith(markerOf('shop'))).toBe(true)
  expect(body).toContain(
    '| [create-task](https://github.com/acme/shop/actions/runs/02) | ✅ done | 2026-01-02 03:02 UTC | 1 task for 30 tables |',
  )
  expect(body).toContain('Last seen 2026-01-02 03:03 UTC: `full-load 7/30 tables`')
  expect(body).toContain('Freeze: **250 ms** (predicted: 800 ms)')
})

test('a step that runs again takes its own line', () => {
  const first = stepEnded(emptyStatus('shop'), place('cutover', '01'), {
    error: new MigrationError('refused', 'the evidence is too old', { remedy: 'Run wait-cdc-sync again.' }),
  })
  expect(bodyOf(first)).toContain('| ❌ failed | 2026-01-02 03:01 UTC | the evidence is too old |')
  expect(bodyOf(first)).toContain('**Next:** Run wait-cdc-sync again.')
  const again = stepStarted(first, place('cutover', '09'))
  expect(again.steps).toHaveLength(1)
  expect(bodyOf(again)).not.toContain('too old')
})

test('a wait that ended before its time goes on later', () => {
  const status = stepEnded(
    emptyStatus('shop'),
    place('wait-full-load', '01'),
    outcome('goes on', { state: 'still-running' }),
  )
  expect(status.steps[0]?.state).toBe('waiting')
})

test('what a comment carries is read back, whatever the words in it', () => {
  const status = stepEnded(
    emptyStatus('shop'),
    place('create-task', '01'),
    outcome('--> <b>a|b</b> `x` --!> @team \\u003c "quoted"'),
  )
  const body = bodyOf(status)
  expect(readStatus(body)).toEqual(status)
  expect(body.indexOf('-->')).toBe(body.split('\n')[0]?.lastIndexOf('-->'))
  expect(body).not.toContain('<b>')
  // In what people read: GitHub calls nobody from within an HTML comment.
  expect(body.slice(body.indexOf('-->'))).not.toContain('@team')
})

test.each(['', 'no comment of ours', `${markerOf('shop')}{} -->`, `${markerOf('shop')}{"steps": -->`])(
  'nothing is read from %j',
  (body) => {
    expect(readStatus(body)).toBeUndefined()
  },
)

test('the marker of one migration is none of another whose name it begins', () => {
  expect(bodyOf(emptyStatus('shop-orders')).startsWith(markerOf('shop'))).toBe(false)
})
