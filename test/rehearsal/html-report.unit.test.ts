import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import type { JobRun, StepRun, WorkflowRun } from '../runner/run-workflow.ts'
import type { LedgerLine } from '../workload/ledger.ts'
import { activityOf } from './activity.ts'
import { htmlReport } from './html-report.ts'
import { readLoadLine, type Recording } from './recording.ts'
import type { RehearsalReport } from './report.ts'

const beganAt = Date.parse('2026-01-02T03:04:00.000Z')

const write = (ms: number, port: number, writer = 'w1'): LedgerLine => ({
  kind: 'acknowledged',
  at: beganAt + ms,
  writer,
  seq: ms,
  server: `cluster:${port}`,
  touched: {},
  sequences: {},
  rttMs: 1,
})

/** Ten writes a second: on the source until second 5, on the target from 5.2 on. */
const lines: LedgerLine[] = [
  { kind: 'start', at: beganAt, writers: 1 },
  ...Array.from({ length: 50 }, (_, index) => write(index * 100, 5432)),
  ...Array.from({ length: 40 }, (_, index) => write(5200 + index * 100, 5433)),
  write(9100, 5432, 'stale'),
  { kind: 'stop', at: beganAt + 10_000 },
]

const step: StepRun = {
  id: 'cutover',
  name: 'Run aurora-migration/aurora-migration-actions/actions/cutover@abc',
  outcome: 'success',
  conclusion: 'success',
  outputs: {},
  summary: '',
  annotations: [],
  logFile: '/out/logs/cutover.txt',
  startedAt: new Date(beganAt + 4000).toISOString(),
  ms: 2000,
}

const job: JobRun = {
  id: 'cutover',
  name: 'cutover',
  result: 'success',
  outputs: {},
  steps: [step],
  annotations: [],
  environment: undefined,
  mayFail: false,
  startedAt: new Date(beganAt + 4000).toISOString(),
  ms: 2500,
}

const run: WorkflowRun = { runId: '1', attempt: 1, conclusion: 'success', jobs: { cutover: job } }

const phase = (name: string, ms: number, took: number) => ({
  name,
  startedAt: new Date(beganAt + ms).toISOString(),
  ms: took,
})
const phases = [
  phase('check', 4500, 480),
  phase('pause', 4990, 20),
  phase('drain', 5010, 90),
  phase('open', 5100, 60),
  phase('watch', 5200, 3000),
]

const cutover = {
  freezeMs: 155,
  drainMs: 90,
  ourMs: 65,
  markerRoundTripMs: 38,
  lockAttempts: 1,
  sessionsEnded: 9,
  sequencesSet: 12,
  phases,
}

const recording: Recording = {
  lag: [
    { at: beganAt + 1000, bytes: 2048 },
    { at: beganAt + 1250, bytes: 4096 },
  ],
  load: [
    { at: beganAt + 500, loaded: 0, total: 4, rows: 0 },
    { at: beganAt + 900, loaded: 3, total: 4, rows: 1500 },
  ],
}

const report: RehearsalReport = {
  clean: true,
  reasons: [],
  lostWrites: 0,
  duplicateWrites: 0,
  splitBrainWrites: 0,
  sequenceCollisions: 0,
  sequencesBehind: 0,
  rowMismatches: 0,
  inDoubtWrites: 2,
  acknowledgedWrites: 12_000,
  freezeMs: 155,
  freezeReplicationMs: 90,
  freezeOursMs: 65,
  markerRoundTripMs: 38,
  writeDowntimeMs: 300,
  sourceVersion: '15.18',
  targetVersion: '17.10',
  denied: false,
  targetRefusesApplication: false,
  sabotage: null,
  turns: null,
  replicationDelayMs: 0,
  rehearsalMs: 60_000,
  phases,
  jobs: { cutover: { result: 'success', ms: 2500 } },
}

const activity = activityOf(lines, recording, { run, cutover, sourcePort: 5432 })
const page = htmlReport(report, activity, run)

describe('a rehearsal over time', () => {
  test('writes are counted on the side that answered, the straggler’s not', () => {
    expect(activity.ms).toBe(10_000)
    expect(activity.writes.source.slice(0, 2)).toEqual([
      [0, 10],
      [500, 10],
    ])
    expect(activity.writes.source.slice(10).map(([, count]) => count)).toEqual(
      Array.from({ length: 10 }, () => 0),
    )
    expect(activity.writes.target.find(([, count]) => count > 0)).toEqual([5000, 6])
    const sum = (points: readonly (readonly [number, number])[]) =>
      points.reduce((total, [, n]) => total + n, 0)
    expect(sum(activity.writes.source) / 2).toBe(50)
    expect(sum(activity.writes.target) / 2).toBe(40)
  })

  test('the freeze ends where the target is open and is as long as the cutover measured', () => {
    expect(activity.freeze).toEqual({ name: 'freeze', from: 5005, to: 5160 })
  })

  test('around the freeze no write is on either side while it lasts', () => {
    const around = activity.around
    if (around === undefined) throw new Error('nothing around the freeze')
    const during = [...around.source, ...around.target].filter(
      ([at, count]) => at >= 5005 && at + around.everyMs <= 5160 && count > 0,
    )
    expect(during).toEqual([])
    expect(around.source.some(([, count]) => count > 0)).toBe(true)
    expect(around.target.some(([, count]) => count > 0)).toBe(true)
  })

  test('without a cutover there is no freeze', () => {
    const denied = activityOf(lines, recording, { run, cutover: null, sourcePort: 5432 })
    expect(denied.freeze).toBeUndefined()
    expect(denied.around).toBeUndefined()
  })
})

test.each([
  [
    'full-load 37/41 tables  rows 1,204,993,112  errored 0  elapsed 1h12m',
    { loaded: 37, total: 41, rows: 1_204_993_112 },
  ],
  ['full-load 3/4 tables  92.4 %  rows 7  errored 0', { loaded: 3, total: 4, rows: 7 }],
  ['marker 1 of 3: round trip 12 ms', undefined],
])('the line “%s”', (line, figures) => {
  expect(readLoadLine(line, 5)).toEqual(figures === undefined ? undefined : { at: 5, ...figures })
})

describe('report.html', () => {
  test('has the verdict first, then figures, pictures and tables', () => {
    const order = [
      '<h1>✔ Clean: PostgreSQL 15.18 → 17.10</h1>',
      'freeze</dt><dd>155 ms',
      '<svg',
      'What the judge counted',
      '<strong>cutover</strong>',
    ]
    const places = order.map((text) => page.indexOf(text))
    expect(places.every((place) => place > 0)).toBe(true)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(page).toContain('<td>cutover</td>')
  })

  test('needs no network and no script, and would be refused both', () => {
    // Names of XML's dialects are no addresses that are fetched.
    const told = page.replaceAll(/xmlns(?::\w+)?="[^"]*"/gu, '')
    expect(told).not.toMatch(/https?:|\/\/[\w.]+\/|<script|<link|<img|@import|url\((?!#)|\son\w+=/iu)
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
  })

  test('each picture is well-formed, named and described, and scales with the page', () => {
    const pictures = page.match(/<svg[\s\S]*?<\/svg>/gu) ?? []
    expect(pictures.length).toBe(5)
    const ids = new Set<string>()
    for (const picture of pictures) {
      expect(XMLValidator.validate(picture)).toBe(true)
      const { svg } = new XMLParser({ ignoreAttributes: false }).parse(picture) as {
        svg: Record<string, unknown> & { title: { '#text': string }; desc: { '#text': string } }
      }
      expect(svg['@_role']).toBe('img')
      expect(svg['@_width']).toBeUndefined()
      expect(svg.title['#text'].length).toBeGreaterThan(10)
      expect(svg.desc['#text'].length).toBeGreaterThan(20)
      ids.add(String(svg['@_aria-labelledby']))
    }
    expect(ids.size).toBe(pictures.length)
  })

  test('colours are the page’s own, so that dark, light and paper have theirs', () => {
    const pictures = (page.match(/<svg[\s\S]*?<\/svg>/gu) ?? []).join('')
    for (const name of ['source', 'target', 'replication', 'frozen', 'ink'])
      expect(pictures).toContain(`var(--${name})`)
    expect(page).toContain('prefers-color-scheme: dark')
    expect(page).toContain('@media print')
  })

  test('what is wrong stands below the verdict, and foreign text stays text', () => {
    const wrong = { ...report, clean: false, lostWrites: 1, reasons: ['lost: <script>alert(1)</script>'] }
    const text = htmlReport(wrong, activity, run)
    expect(text).toContain('<h1>✘ Not clean')
    expect(text).toContain('lost: &lt;script&gt;alert(1)&lt;/script&gt;')
    expect(text).toContain('class="number fault">1<')
  })

  test('a rehearsal that was denied has no freeze and no cutover', () => {
    const nothing = activityOf(lines, { lag: [], load: [] }, { run, cutover: null, sourcePort: 5432 })
    const text = htmlReport({ ...report, denied: true, freezeMs: null, phases: [] }, nothing, run)
    expect(text).toContain('the reviewer said no')
    expect(text.match(/<svg/gu)).toHaveLength(1)
  })
})
