import { describe, expect, test } from 'vitest'
import { MigrationError } from '../runtime/errors.ts'
import type { Outcome } from '../runtime/run-action.ts'
import { newsOf, textOf, webhookBody } from './news.ts'

const run = {
  repository: 'acme/shop',
  id: '42',
  attempt: 1,
  url: 'https://github.com/acme/shop/actions/runs/42',
}

const outcome = (outputs: Record<string, string>, failed = false): { outcome: Outcome } => ({
  outcome: { headline: 'what was found', outputs, summary: '', failed },
})

const about = (action: string) => ({ migration: 'shop', action, run })

describe('what is told', () => {
  test.each([
    ['create-task', { state: 'started', result: '{"changes":["made a task"]}' }, 'start'],
    ['wait-cdc-sync', { state: 'caught-up', 'evidence-id': 'e1' }, 'approval-wanted'],
    ['cutover', { state: 'opened', 'freeze-ms': '250' }, 'end'],
  ] as const)('%s with %o', (action, outputs, event) => {
    expect(newsOf(about(action), outcome(outputs))?.event).toBe(event)
  })

  test.each([
    ['create-task', { state: 'started', result: '{"changes":[]}' }],
    ['wait-full-load', { state: 'loaded' }],
    ['wait-full-load', { state: 'still-running' }],
    ['wait-cdc-sync', { state: 'still-running', 'evidence-id': '' }],
    ['wait-cdc-sync', { state: 'caught-up', 'evidence-id': '', proof: 'metrics-only' }],
    ['cutover', { state: 'planned' }],
  ])('nothing of %s with %o: a run that is repeated stays quiet', (action, outputs) => {
    expect(newsOf(about(action), outcome(outputs))).toBeUndefined()
  })

  test.each(['create-task', 'wait-full-load', 'wait-cdc-sync', 'cutover'])('trouble of %s', (action) => {
    expect(newsOf(about(action), outcome({}, true))).toMatchObject({
      event: 'trouble',
      headline: 'what was found',
    })
    const error = new MigrationError('refused', '2 problems found', {
      problems: [
        { field: 'shop.orders', message: 'the table is suspended', remedy: 'Reload it.' },
        { field: 'shop.items', message: 'the table has errors', remedy: 'Look into the log.' },
      ],
    })
    expect(newsOf(about(action), { error })).toMatchObject({
      event: 'trouble',
      headline: 'the table is suspended (and 1 more)',
      next: 'Reload it.',
    })
  })
})

test('figures come along, long documents do not', () => {
  const told = newsOf(
    about('cutover'),
    outcome({ state: 'opened', 'freeze-ms': '250', result: '{"long":true}' }),
  )
  expect(told?.figures).toEqual({ state: 'opened', 'freeze-ms': '250' })
})

test('a message says what, what to do, and where, on a line each', () => {
  const told = newsOf(about('cutover'), { error: new MigrationError('refused', 'no', { remedy: 'Ask.' }) })
  if (told === undefined) throw new Error('nothing is told')
  expect(textOf(told)).toBe(`❌ Migration shop has a problem (cutover): no\nAsk.\n${run.url}`)
})

test('foreign text cannot become a mention or a link of Slack, and is cut', () => {
  const error = new MigrationError('refused', `<!channel> a && b ${'x'.repeat(5000)}`)
  const told = newsOf(about('cutover'), { error })
  if (told === undefined) throw new Error('nothing is told')
  const body = webhookBody(told) as { text: string; headline: string }
  expect(body.text).toContain('&lt;!channel&gt; a &amp;&amp; b')
  expect(body.text).not.toContain('<')
  expect(body.text.length).toBeLessThan(1300)
  expect(body).toMatchObject({ event: 'trouble', migration: 'shop', action: 'cutover', run })
})
