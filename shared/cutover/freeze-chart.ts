import { mermaid } from '../report/markdown.ts'
import type { CutoverAudit } from './audit.ts'

/** Phases in which writers wait; pause begins before the first of them does. */
const freezing = ['pause', 'drain', 'fence', 'end-sessions', 'open']
/** The one in which they wait for replication. */
const replicating = 'drain'

interface Bar {
  readonly name: string
  readonly from: number
  readonly ms: number
}

/**
 * The freeze over time as a Mermaid Gantt, in ms since the first lock that writers could feel: our part and replication's in
 * sections of their own, the prediction below, and the switch, where it is not so long that nothing else could be seen. Empty
 * where writers did not wait in this run. Pure.
 */
export function freezeChart({ phases, freeze }: Pick<CutoverAudit, 'phases' | 'freeze'>): string {
  const bars = freezeBars({ phases, freeze })
  if (bars === undefined) return ''
  const { ours, replication, after } = bars
  const line = ({ name, from, ms }: Bar) =>
    `  ${name} ${shown(ms)} :${Math.round(from)}, ${Math.round(from + Math.max(1, ms))}`
  const predicted = freeze.predictedMs
  return mermaid(
    [
      'gantt',
      '  title Freeze, ms since the first lock',
      '  dateFormat x',
      '  axisFormat %S.%L s',
      '  section Ours',
      ...ours.map(line),
      '  section Replication',
      ...replication.map(line),
      ...(predicted === null
        ? []
        : ['  section Predicted', line({ name: 'freeze', from: 0, ms: predicted })]),
      ...(after.length === 0 ? [] : ['  section Nobody waits', ...after.map(line)]),
    ].join('\n'),
  )
}

function freezeBars({
  phases,
  freeze,
}: Pick<CutoverAudit, 'phases' | 'freeze'>): { ours: Bar[]; replication: Bar[]; after: Bar[] } | undefined {
  const opened = phases.findLast(({ name }) => name === 'open')
  if (opened === undefined || freeze.ms === null) return undefined
  const ended = Date.parse(opened.startedAt) + opened.ms
  const began = ended - freeze.ms
  // The pause takes its first locks before anybody waits: what lies before the first that is felt is cut off.
  const bars = phases.map(({ name, startedAt, ms }): Bar => {
    const from = Date.parse(startedAt) - began
    return { name, from: Math.max(0, from), ms: ms + Math.min(0, from) }
  })
  const frozen = bars.filter(({ name, ms }) => freezing.includes(name) && ms > 0)
  const limit = 2 * Math.max(freeze.ms, freeze.predictedMs ?? 0)
  return {
    ours: frozen.filter(({ name }) => name !== replicating),
    replication: frozen.filter(({ name }) => name === replicating),
    after: bars.filter(({ name, from, ms }) => name === 'switch' && from + ms <= limit),
  }
}

/** Milliseconds as one reads them; seconds from ten on. Pure. */
export function shown(ms: number | null): string {
  if (ms === null) return '–'
  return ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms * 10) / 10} ms`
}
