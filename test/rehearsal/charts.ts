import { init, type EChartsOption } from 'echarts'
import type { Activity, Point, Stretch, Writes } from './activity.ts'

/** Colours are variables of the page, so that one drawing serves light, dark and paper. */
const colour = {
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  line: 'var(--line)',
  source: 'var(--source)',
  target: 'var(--target)',
  replication: 'var(--replication)',
  frozen: 'var(--frozen)',
} as const

const width = 960
const font = 'system-ui, sans-serif'
const axisText = { color: colour.muted, fontFamily: font, fontSize: 12 }
const axis = {
  axisLabel: axisText,
  nameTextStyle: axisText,
  axisLine: { lineStyle: { color: colour.line } },
  axisTick: { lineStyle: { color: colour.line } },
  splitLine: { lineStyle: { color: colour.line } },
}
const grid = { left: 72, right: 24, top: 44, bottom: 28 }
const legend = { top: 0, right: 24, itemHeight: 10, textStyle: { ...axisText, color: colour.ink } }
const still = { silent: true, emphasis: { disabled: true } }

/** A drawing as SVG for a page, with a name and a description for whoever does not see it. */
export interface Labels {
  /** Unique in the page; letters and hyphens. */
  readonly id: string
  readonly title: string
  readonly description: string
}

/** Writes per second over the whole rehearsal; the freeze is a band. */
export function writesChart(activity: Activity, labels: Labels): string {
  return drawing(260, labels, {
    grid,
    legend,
    xAxis: secondsAxis(activity.ms),
    yAxis: { ...axis, type: 'value', name: 'writes/s', axisLine: { show: false } },
    series: [
      writesLine('source', activity.writes.source, activity.freeze),
      writesLine('target', activity.writes.target, undefined),
    ],
  })
}

/** Writes around the freeze, every one of them counted; 0 is where the freeze begins. */
export function freezeChart(around: Writes, freeze: Stretch, labels: Labels): string {
  const moved = (points: readonly Point[]) => points.map(([at, count]) => [at - freeze.from, count])
  const first = (around.source[0]?.[0] ?? 0) - freeze.from
  const last = (around.source.at(-1)?.[0] ?? 0) - freeze.from + around.everyMs
  const bars = (side: 'source' | 'target', points: readonly Point[]) => ({
    ...still,
    type: 'bar' as const,
    name: side,
    stack: 'writes',
    barWidth: Math.max(1, (width - grid.left - grid.right) / Math.max(1, points.length) - 1),
    data: moved(points),
    itemStyle: { color: colour[side] },
  })
  return drawing(260, labels, {
    grid,
    legend,
    xAxis: {
      ...axis,
      type: 'value',
      min: Math.floor(first),
      max: Math.ceil(last),
      splitLine: { show: false },
      axisLabel: { ...axisText, formatter: '{value} ms', showMinLabel: false, showMaxLabel: false },
    },
    yAxis: {
      ...axis,
      type: 'value',
      name: `writes in ${around.everyMs} ms`,
      nameTextStyle: { ...axisText, align: 'left' },
      minInterval: 1,
      axisLine: { show: false },
    },
    series: [
      { ...bars('source', around.source), ...freezeBand({ from: 0, to: freeze.to - freeze.from }) },
      bars('target', around.target),
    ],
  })
}

/** Bytes of WAL that the target had yet to confirm. */
export function lagChart(activity: Activity, labels: Labels): string {
  return drawing(220, labels, {
    grid,
    xAxis: secondsAxis(activity.ms),
    yAxis: { ...axis, type: 'value', name: 'kB of WAL', min: 0, axisLine: { show: false } },
    series: [
      {
        ...still,
        type: 'line',
        showSymbol: false,
        data: activity.lag.map(([at, bytes]) => [at / 1000, Math.round(bytes / 1024)]),
        lineStyle: { color: colour.replication, width: 2 },
        itemStyle: { color: colour.replication },
        areaStyle: { color: colour.replication, opacity: 0.15 },
        ...freezeBand(inSeconds(activity.freeze)),
      },
    ],
  })
}

/** Tables loaded, in per cent, and rows. */
export function loadChart(activity: Activity, labels: Labels): string {
  const line = (name: string, paint: string, yAxisIndex: number, points: readonly Point[]) => ({
    ...still,
    type: 'line' as const,
    name,
    yAxisIndex,
    symbolSize: 6,
    data: points.map(([at, value]) => [at / 1000, value]),
    lineStyle: { color: paint, width: 2 },
    itemStyle: { color: paint },
  })
  return drawing(220, labels, {
    grid: { ...grid, right: 84 },
    legend: { ...legend, right: 'center' },
    xAxis: secondsAxis(undefined),
    yAxis: [
      { ...axis, type: 'value', name: 'tables, %', min: 0, max: 100, axisLine: { show: false } },
      { ...axis, type: 'value', name: 'rows', min: 0, splitLine: { show: false }, axisLine: { show: false } },
    ],
    series: [
      line('tables', colour.source, 0, activity.loadedTables),
      line('rows', colour.target, 1, activity.loadedRows),
    ],
  })
}

/** Stretches one below the other, first on top; times in milliseconds from the first. */
export function ganttChart(
  stretches: readonly Stretch[],
  labels: Labels,
  paint: (name: string) => 'ours' | 'replication' | 'outside',
): string {
  const began = stretches[0]?.from ?? 0
  const rows = stretches.toReversed()
  const colours = { ours: colour.source, replication: colour.replication, outside: colour.muted }
  return drawing(40 + 28 * rows.length, labels, {
    grid: { left: 110, right: 90, top: 4, bottom: 30 },
    xAxis: {
      ...axis,
      type: 'value',
      min: 0,
      max: 'dataMax',
      axisLabel: { ...axisText, formatter: milliseconds, showMaxLabel: false },
    },
    yAxis: {
      ...axis,
      type: 'category',
      data: rows.map(({ name }) => name),
      axisTick: { show: false },
      axisLabel: { ...axisText, color: colour.ink },
    },
    series: [
      // What lies before a stretch, unseen, pushes its bar to its place.
      {
        ...still,
        type: 'bar',
        stack: 'time',
        data: rows.map(({ from }) => from - began),
        itemStyle: { opacity: 0 },
      },
      {
        ...still,
        type: 'bar',
        stack: 'time',
        barWidth: 16,
        barMinHeight: 2,
        label: {
          show: true,
          position: 'right',
          ...axisText,
          color: colour.ink,
          formatter: ({ dataIndex }) =>
            milliseconds((rows[dataIndex]?.to ?? 0) - (rows[dataIndex]?.from ?? 0)),
        },
        data: rows.map(({ name, from, to }) => ({
          value: to - from,
          itemStyle: { color: colours[paint(name)], borderRadius: 2 },
        })),
      },
    ],
  })
}

/** `12.5 ms`, `5.0 s`: as long as it must be for a label. */
export function milliseconds(ms: number): string {
  if (ms >= 10_000) return `${Math.round(ms / 1000)} s`
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms * 10) / 10} ms`
}

function writesLine(side: 'source' | 'target', points: readonly Point[], freeze: Stretch | undefined) {
  return {
    ...still,
    type: 'line' as const,
    name: side,
    step: 'end' as const,
    showSymbol: false,
    symbol: 'circle',
    data: points.map(([at, perSecond]) => [at / 1000, perSecond]),
    lineStyle: { color: colour[side], width: 2 },
    itemStyle: { color: colour[side] },
    areaStyle: { color: colour[side], opacity: 0.12 },
    ...freezeBand(inSeconds(freeze)),
  }
}

function inSeconds(freeze: Stretch | undefined): { readonly from: number; readonly to: number } | undefined {
  return freeze === undefined ? undefined : { from: freeze.from / 1000, to: freeze.to / 1000 }
}

/** The freeze as a band with its name, in the units of the x axis. */
function freezeBand(freeze: { readonly from: number; readonly to: number } | undefined) {
  if (freeze === undefined) return {}
  return {
    markArea: {
      silent: true,
      itemStyle: { color: colour.frozen, opacity: 0.3, borderColor: colour.frozen, borderWidth: 1 },
      label: { ...axisText, color: colour.ink, textBorderWidth: 0 },
      data: [
        [{ name: 'freeze', xAxis: freeze.from }, { xAxis: freeze.to }] as [
          { name: string; xAxis: number },
          { xAxis: number },
        ],
      ],
    },
  }
}

function secondsAxis(ms: number | undefined) {
  return {
    ...axis,
    type: 'value' as const,
    scale: true,
    ...(ms === undefined ? {} : { min: 0, max: Math.ceil(ms / 1000) }),
    splitLine: { show: false },
    axisLabel: { ...axisText, formatter: '{value} s' },
  }
}

/** Draws without a browser; the page scales it to its width. */
function drawing(height: number, labels: Labels, option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: font }, ...option })
    const svg = chart.renderToSVGString()
    const from = svg.indexOf('>') + 1
    return [
      `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${labels.id}-title ${labels.id}-desc" xmlns="http://www.w3.org/2000/svg">`,
      `<title id="${labels.id}-title">${escapeHtml(labels.title)}</title>`,
      `<desc id="${labels.id}-desc">${escapeHtml(labels.description)}</desc>`,
      svg.slice(from),
    ].join('')
  } finally {
    // Otherwise its timers keep the process alive.
    chart.dispose()
  }
}

/** Text for HTML, in and outside of attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
