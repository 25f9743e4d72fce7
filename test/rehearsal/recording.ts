import type { RunEvent } from '../runner/run-workflow.ts'
import { SAMPLE_DATABASE } from '../workload/sample-layout.ts'
import { openLagMeter, type LagMeter, type LagSample } from './lag-meter.ts'
import type { Stack } from './open-stack.ts'

/** Where the full load stood when an action said so. */
export interface LoadSample {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly loaded: number
  readonly total: number
  readonly rows: number
}

/** What was seen while a rehearsal went on and can be found nowhere after it. */
export interface Recording {
  readonly lag: readonly LagSample[]
  readonly load: readonly LoadSample[]
}

/** Takes notes of a rehearsal. */
export interface Recorder {
  readonly event: (event: RunEvent) => void
  /** Call it once the source takes writes. */
  readonly watch: (stack: Stack) => void
  /** The latest look at the replication's lag, in bytes of WAL; undefined where there is none. */
  readonly lagBytes: () => number | undefined
  end(): Recording
}

/** Opens an empty recording. */
export function openRecorder(): Recorder {
  const load: LoadSample[] = []
  let meter: LagMeter | undefined
  return {
    event: (event) => {
      if (event.type !== 'log-line') return
      const sample = readLoadLine(event.line, Date.now())
      if (sample !== undefined) load.push(sample)
    },
    watch: (stack) => {
      meter ??= openLagMeter(stack.superuserUrl('source'), SAMPLE_DATABASE)
    },
    lagBytes: () => meter?.bytes(),
    end: () => {
      meter?.end()
      return { lag: meter?.samples() ?? [], load }
    },
  }
}

/** The figures of wait-full-load's fixed line (`full-load 37/41 tables  rows 1,204,993  …`); undefined for any other. Pure. */
export function readLoadLine(line: string, at: number): LoadSample | undefined {
  const found = /^full-load (\d+)\/(\d+) tables\s.*?\brows ([\d,]+)/u.exec(line)
  if (found === null) return undefined
  const [, loaded, total, rows = ''] = found
  return { at, loaded: Number(loaded), total: Number(total), rows: Number(rows.replaceAll(',', '')) }
}
