import { expect, test } from 'vitest'
import { progressLine, progressPlot, spokenDuration, type Progress } from './progress.ts'

const at = (elapsedMs: number, rows: number): Progress => ({
  elapsedMs,
  rows,
  loaded: 3,
  total: 41,
  errored: 0,
})

test('the line has a fixed shape', () => {
  expect(progressLine(at(4_320_000, 1_204_993_112))).toBe(
    'full-load 3/41 tables  rows 1,204,993,112  errored 0  elapsed 1h12m',
  )
})

test.each([
  [900, '0.9s'],
  [61_000, '1m'],
  [3_600_000, '1h00m'],
])('%d ms reads %s', (ms, text) => {
  expect(spokenDuration(ms)).toBe(text)
})

test('a plot has at most 30 points, and ends with the last sample', () => {
  const plot = progressPlot(Array.from({ length: 500 }, (_, index) => at(index * 1000, index * 10)))
  const line = /line \[(.*)\]/u.exec(plot)?.[1]?.split(', ') ?? []
  expect(line.length).toBe(30)
  expect(line[0]).toBe('0')
  expect(line.at(-1)).toBe('4990')
})

test('there is no plot of nothing', () => {
  expect(progressPlot([at(0, 0), at(1, 0), at(2, 0)])).toBe('')
  expect(progressPlot([at(0, 5)])).toBe('')
})
