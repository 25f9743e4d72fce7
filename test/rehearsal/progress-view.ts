import { createLogUpdate } from 'log-update'
import type { RunEvent } from '../runner/run-workflow.ts'
import type { RunningWorkload } from '../workload/start-workload.ts'
import type { Stack } from './open-stack.ts'
import { picture, type JobPicture } from './picture.ts'
import { shortStepName } from './step-name.ts'

/** Where a rehearsal stands, for whoever watches: a live picture on a terminal, single lines elsewhere. */
export interface ProgressView {
  /** Ids of the jobs to come. */
  readonly jobs: (ids: readonly string[]) => void
  readonly step: (text: string) => void
  readonly event: (event: RunEvent) => void
  readonly workload: (workload: RunningWorkload, stack: Stack) => void
  /** Stops drawing, so that something else may write (a question, the report). */
  pause(): void
  resume(): void
  end(): void
}

interface State {
  title: string
  step: string
  readonly jobs: Map<string, JobPicture>
  /** Jobs that a reviewer turned down, and who. */
  readonly rejections: Map<string, string>
  line: string
  load: string | undefined
  roundTrip: string | undefined
  workload: RunningWorkload | undefined
  sides: Map<string, string>
}

/** A view on `stream`; it draws four times a second on a terminal. `lagBytes` tells how far the target is behind. */
export function openProgressView(
  stream: NodeJS.WriteStream,
  lagBytes: () => number | undefined,
): ProgressView {
  const began = performance.now()
  const state: State = {
    title: 'Rehearsal of a migration',
    step: '',
    jobs: new Map(),
    rejections: new Map(),
    line: '',
    load: undefined,
    roundTrip: undefined,
    workload: undefined,
    sides: new Map(),
  }
  const draw = stream.isTTY ? createLogUpdate(stream) : undefined
  let paused = false
  const paint = () => {
    if (paused) return
    const now = performance.now()
    const writes = state.workload?.progress()
    draw?.(picture({ ...state, ms: now - began, now, writes, lagBytes: lagBytes() }, stream.columns))
  }
  const timer = draw === undefined ? undefined : setInterval(paint, 250)
  const say = (text: string) => {
    if (draw === undefined) stream.write(`${text}\n`)
    else paint()
  }
  return {
    jobs: (ids) => {
      for (const id of ids) state.jobs.set(id, { state: 'expected', detail: '' })
    },
    step: (text) => {
      state.step = text
      say(text)
    },
    event: (event) => {
      const text = take(state, event)
      if (text !== undefined) say(text)
    },
    workload: (workload, stack) => {
      state.title = `Rehearsal of a migration, PostgreSQL ${stack.source.version} → ${stack.targetVersion}`
      state.workload = workload
      state.sides = new Map([
        [String(stack.source.port), 'source'],
        ...(stack.target === undefined ? [] : [[String(stack.target.port), 'target'] as const]),
      ])
    },
    pause: () => {
      paint()
      draw?.done()
      paused = true
    },
    resume: () => {
      paused = false
    },
    end: () => {
      clearInterval(timer)
      paint()
      draw?.done()
    },
  }
}

/** Takes an event in; gives a line for people without a terminal, or nothing. */
function take(state: State, event: RunEvent): string | undefined {
  switch (event.type) {
    case 'job-started':
      state.jobs.set(event.jobId, { state: 'running', detail: '', since: performance.now() })
      return `job ${event.jobId}`
    case 'step-started': {
      const detail = shortStepName(event.name)
      state.line = ''
      state.jobs.set(event.jobId, { state: 'running', detail, since: performance.now() })
      return `  ${event.jobId}: ${detail}`
    }
    case 'waiting-approval':
      state.jobs.set(event.jobId, { state: 'waiting', detail: `waits for approval of ${event.environment}` })
      return `job ${event.jobId} waits for approval of ${event.environment}`
    case 'approval':
      if (event.state === 'rejected') state.rejections.set(event.jobId, `rejected by ${event.user}`)
      return `${event.environment} ${event.state} by ${event.user}`
    case 'log-line':
      readLine(state, event.line)
      return undefined
    case 'job-ended': {
      const { result, ms } = event.job
      state.line = ''
      const time = result === 'skipped' ? '' : `${(ms / 1000).toFixed(1)} s`
      const detail = state.rejections.get(event.jobId) ?? time
      state.jobs.set(event.jobId, { state: result, detail })
      return `job ${event.jobId}: ${result}${time === '' ? '' : ` after ${time}`}`
    }
    case 'step-ended':
      return event.step.conclusion === 'failure'
        ? `  ${event.jobId}: ${shortStepName(event.step.name)} failed`
        : undefined
    case 'run-queued':
    case 'run-started':
    case 'run-ended':
    case 'job-queued':
    case 'process-started':
    case 'summary':
      return undefined
  }
}

/** Keeps the line, and the figures that the waiting actions print in theirs. The runner's own preamble is no news. */
function readLine(state: State, line: string): void {
  if (line.startsWith('##[') || line.startsWith('  ') || line === 'with:') return
  state.line = line
  state.load = /^full-load (\d+\/\d+ tables\s+rows [\d,]+)/u.exec(line)?.[1] ?? state.load
  state.roundTrip = /^marker .*round trip (\d+ ms)/u.exec(line)?.[1] ?? state.roundTrip
}
