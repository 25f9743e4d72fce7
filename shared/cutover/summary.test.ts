import { expect, test } from 'vitest'
import { auditSchema, withoutAddresses, type CutoverAudit } from './audit.ts'
import { freezeChart } from './freeze-chart.ts'
import { cutoverSummary, type SummaryExtra } from './summary.ts'

const at = (ms: number) => new Date(Date.parse('2026-01-01T03:00:00Z') + ms).toISOString()
const audit: CutoverAudit = {
  version: 1,
  action: 'cutover',
  migration: 'shop',
  outcome: 'finished',
  direction: 'forward',
  generation: '1',
  resumed: false,
  writtenAt: at(9000),
  approval: {
    how: 'environment',
    by: ['ada'],
    startedBy: ['ana'],
    environment: 'production-cutover',
    comment: null,
  },
  run: { repository: 'o/r', id: '7', attempt: 1, actor: 'ana', commit: 'c0ffee' },
  plan: {
    digest: 'd'.repeat(64),
    version: 1,
    fence: 'lock',
    tasks: 1,
    tables: 20,
    sequences: 5,
    fallBack: true,
  },
  evidence: {
    id: 'e',
    version: 2,
    ageMs: 60_000,
    proof: 'marker',
    markerRoundTripsMs: [20, 31, 25],
    predictedFreezeMs: 200,
  },
  versions: { actions: 'v1', source: '15.18', target: '17.10' },
  lsn: {
    commit: { xid: '700', lsn: '0/1' },
    markers: [{ id: 'm', at: at(385) }],
    slots: [{ slot: 'aurora_migration_x_back_1', lsn: '0/2' }],
  },
  freeze: {
    ms: 175,
    replicationMs: 40,
    oursMs: 135,
    statements: 11,
    budgetMs: 30_000,
    predictedMs: 200,
    predictedRangeMs: { low: 100, high: 500 },
    markerRoundTripMs: 30,
    last: { ms: 3012.5, finished: false, at: at(-3_600_000) },
  },
  locks: { attempts: 2, stalledMs: 40 },
  phases: [
    { name: 'check', startedAt: at(0), ms: 300 },
    { name: 'pause', startedAt: at(300), ms: 40 },
    { name: 'drain', startedAt: at(340), ms: 45 },
    { name: 'fence', startedAt: at(385), ms: 30 },
    { name: 'end-sessions', startedAt: at(415), ms: 50 },
    { name: 'open', startedAt: at(470), ms: 20 },
    { name: 'switch', startedAt: at(500), ms: 60 },
    { name: 'watch', startedAt: at(560), ms: 5012.3 },
  ],
  sessionsEnded: 3,
  sequencesSet: 5,
  switches: [{ name: 'secret shop/app', changed: true, detail: 'version 2' }],
  stragglers: [],
  wayBack: {
    provedMs: 812,
    tasks: [{ identifier: 'shop-1-back-1', status: 'running' }],
    walBytes: { from: '0', to: '3145728' },
  },
  left: [],
  failure: null,
  standing: null,
}
const extra: SummaryExtra = { stragglers: [], trouble: [] }
const summary = (change: Partial<CutoverAudit> = {}, more: Partial<SummaryExtra> = {}) =>
  cutoverSummary({ ...audit, ...change }, { ...extra, ...more })

test('the record of these tests is one', () => {
  expect(auditSchema.parse(audit)).toEqual(audit)
})

test('verdict first, then what is left, who approved and how the way back stands', () => {
  const lines = summary()
    .split('\n')
    .filter((line) => line !== '')
  expect(lines.slice(0, 4)).toEqual([
    '## ✅ cutover: shop runs on the target; writers waited 175 ms',
    '**Nothing is left to do.**',
    '- **Approved by** ada, in the environment production-cutover.',
    '- **Way back:** proved: a marker went from the target to the source in 812 ms; the slots keep 0.0 MB of WAL on the source and 3.0 MB on the target, until cleanup.',
  ])
})

test('predicted stands beside actual and the last attempt, our part beside replication’s', () => {
  const text = summary()
  expect(text).toContain(
    '| **writers waited** | **175 ms** | 200 ms (100 ms to 500 ms) | 3012.5 ms, given up 2026-01-01 02:00 |',
  )
  expect(text).toContain('| of it replication (marker) | 40 ms | 31 ms |')
  expect(text).toContain('| of it ours | 135 ms |')
})

test('the chart is of the freeze alone, counted from the first lock that is felt', () => {
  const chart = freezeChart(audit)
  // open ends at 490, so the freeze began at 315: of the pause, from 300 to 340, the first 15 ms held nobody up.
  expect(chart).toContain('  section Ours\n  pause 25 ms :0, 25\n  fence 30 ms :70, 100\n')
  expect(chart).toContain('  section Replication\n  drain 45 ms :25, 70\n')
  expect(chart).toContain('  section Predicted\n  freeze 200 ms :0, 200\n')
  expect(chart).toContain('  section Nobody waits\n  switch 60 ms :185, 245\n')
  expect(chart).not.toMatch(/check|watch/u)
  const long = audit.phases.map((one) => (one.name === 'switch' ? { ...one, ms: 4000 } : one))
  expect(freezeChart({ ...audit, phases: long })).not.toContain('switch')
})

test('a run that only finished an earlier one has no freeze of its own', () => {
  const text = summary({ resumed: true, freeze: { ...audit.freeze, ms: null } })
  expect(text).toContain('The cutover of shop is finished: the target is open')
  expect(text).toContain('stands in that run’s summary')
  expect(text).not.toContain('mermaid')
})

test('nobody’s approval is shouted right below the verdict', () => {
  const nobody = summary({ approval: { ...audit.approval, how: 'nobody', by: [], environment: null } })
  expect(nobody.split('\n').slice(2, 4).join('\n')).toBe(
    '> [!CAUTION]\n> **NOBODY APPROVED THIS CUTOVER: `require-approval` IS `false`.** That is for rehearsals.',
  )
})

test('a fall-back is told with the sides exchanged', () => {
  const back = summary({ action: 'fall-back', direction: 'back', evidence: null })
  expect(back).toContain('## ✅ fall-back: shop runs on the source again; writers waited 175 ms')
  expect(back).toContain('a marker went from the source to the target in 812 ms')
  expect(back).toContain('| sessions ended on the target | 3 |')
})

test.each<[string, Partial<CutoverAudit>, string]>([
  [
    'there is none by the plan',
    { plan: { ...audit.plan, fallBack: false } },
    'none, since `cutover.fall-back` is `false`',
  ],
  ['it is not known', { wayBack: null }, '**not known**'],
  [
    'it is not proved',
    {
      wayBack: {
        provedMs: null,
        tasks: [{ identifier: 't', status: 'failed' }],
        walBytes: { from: '0', to: '0' },
      },
    },
    '**not proved yet**: no marker has come back (t is failed)',
  ],
])('the way back: %s', (_, change, words) => {
  expect(summary(change)).toContain(words)
})

test('what is left comes before the numbers and takes the tick away; a straggler is told with its address', () => {
  const text = summary(
    { left: ['stop the replication tasks: throttled'] },
    { stragglers: [{ user: 'cron', application: 'report', address: '10.0.0.7' }], trouble: ['disk full'] },
  )
  expect(text).toMatch(/^## ⚠️ cutover/u)
  expect(text).toContain(
    '**Left to do or to know**\n\n- stop the replication tasks: throttled\n- cron (report, 10.0.0.7) still came to the source\n- the record of this run: disk full',
  )
  expect(text.indexOf('Left to do')).toBeLessThan(text.indexOf('### Freeze'))
})

test('no table has an empty heading', () => {
  expect(summary()).not.toMatch(/^\|[ |]*\|$/mu)
})

test.each([
  ['connect ECONNREFUSED 10.1.2.3:5432', 'connect ECONNREFUSED ‹address›'],
  ['getaddrinfo ENOTFOUND shop.abc.eu-west-1.rds.amazonaws.com', 'getaddrinfo ENOTFOUND ‹host›'],
  ['see postgres://u:p@h/db now', 'see ‹url› now'],
  ['connect to fe80::1:2 failed', 'connect to ‹address› failed'],
  ['table shop.orders at 0/200E340: 12:30:01', 'table shop.orders at 0/200E340: 12:30:01'],
])('%j goes into the record as %j', (text, kept) => {
  expect(withoutAddresses(text)).toBe(kept)
})
