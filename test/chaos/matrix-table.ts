import { markdownTable } from 'markdown-table'
import type { CaseResult } from './chaos-case.ts'

/** What the rows said when a case was struck, in words. Both directions have the same ones. */
const moments = {
  check: 'check',
  pause: 'pause to fence',
  committed: 'past the commit point',
  opened: 'open',
  'not reached': 'not reached',
} as const

type Moment = keyof typeof moments

/** Counts by direction, blow, aftermath and moment: clean ones of all; then the sums and what is not clean. Pure. */
export function matrixTable(results: readonly CaseResult[]): string {
  const shown = (Object.keys(moments) as Moment[]).filter((moment) =>
    results.some((result) => momentOf(result) === moment),
  )
  const header = [
    'direction',
    'blow',
    'aftermath',
    ...shown.map((moment) => moments[moment]),
    'lost',
    'duplicate',
    'split brain',
    'writers back after, most',
    'a case, median',
    'most',
  ]
  const groups = Map.groupBy(results, ({ direction, blow, aftermath }) =>
    [direction, blow, aftermath].join(' | '),
  )
  const rows = [...groups].map(([name, group]) => [...name.split(' | '), ...numbers(group, shown)])
  const table = markdownTable([header, ...rows, ['all', '', '', ...numbers(results, shown)]], {
    align: header.map((_, index) => (index < 3 ? 'l' : 'r')),
  })
  const unclean = results.filter(({ faults }) => faults.length > 0)
  return [
    table,
    '',
    unclean.length === 0
      ? `${results.length} cases, all clean.`
      : `${results.length} cases, ${unclean.length} not clean:`,
    ...unclean.flatMap(({ case: name, faults }) => [
      `- \`${name.replaceAll('`', "'")}\``,
      ...faults.map((fault) => `  - ${fault}`),
    ]),
    '',
  ].join('\n')
}

function numbers(group: readonly CaseResult[], shown: readonly Moment[]): string[] {
  const sum = (of: (result: CaseResult) => number) =>
    String(group.reduce((total, result) => total + of(result), 0))
  const times = group.map(({ ms }) => ms).toSorted((a, b) => a - b)
  const backs = group.flatMap(({ backMs }) => (backMs === undefined ? [] : [backMs]))
  return [
    ...shown.map((moment) => {
      const there = group.filter((result) => momentOf(result) === moment)
      const clean = there.filter(({ faults }) => faults.length === 0).length
      return there.length === 0 ? '' : clean === there.length ? String(clean) : `${clean} of ${there.length}`
    }),
    sum(({ lost }) => lost),
    sum(({ duplicate }) => duplicate),
    sum(({ splitBrain }) => splitBrain),
    backs.length === 0 ? '' : seconds(Math.max(...backs)),
    seconds(times[Math.floor(times.length / 2)] ?? 0),
    seconds(times.at(-1) ?? 0),
  ]
}

function momentOf({ struckIn }: CaseResult): Moment {
  const [from, to] = struckIn.split('/')
  if (from === 'not reached') return 'not reached'
  if (from === 'paused') return 'pause'
  if (from === 'committed') return to === 'opened' ? 'opened' : 'committed'
  return 'check'
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
