import { createLogUpdate } from 'log-update'
import colors from 'picocolors'
import type { RunEvent } from '../runner/run-workflow.ts'
import type { RunningWorkload } from '../workload/start-workload.ts'
import type { Stack } from './open-stack.ts'

/** Where a rehearsal stands, for whoever watches: a live picture on a terminal, single lines elsewhere. */
export interface ProgressView {
  readonly step: (text: string) => void
  readonly event: (event: RunEvent) => void
  readonly workload: (workload: RunningWorkload, stack: Stack) => void
  /** Stops drawing, so that something else may write (a question, the report). */
  pause(): void
  resume(): void
  end(): void
}

interface State {
  step: string
  readonly jobs: Map<string, { state: string; detail: string }>
  line: string
  workload: RunningWorkload | undefined
  names: Map<string, string>
}

const marks: Readonly<Record<string, string>> = {
  success: colors.green('✔'),
  failure: colors.red('✘'),
  cancelled: colors.red('■'),
  skipped: colors.dim('–'),
}

/** A view on `stream`; it draws four times a second on a terminal. */
export function openProgressView(stream: NodeJS.WriteStream): ProgressView {
  const state: State = { step: '', jobs: new Map(), line: '', workload: undefined, names: new Map() }
  const draw = stream.isTTY ? createLogUpdate(stream) : undefined
  let paused = false
  const paint = () => {
    if (!paused) draw?.(picture(state, stream.columns))
  }
  const timer = draw === undefined ? undefined : setInterval(paint, 250)
  const say = (text: string) => {
    if (draw === undefined) stream.write(`${text}\n`)
    else paint()
  }
  return {
    step: (text) => {
      state.step = text
      say(text)
    },
    event: (event) => {
      const text = take(state, event)
      if (text !== undefined) say(text)
    },
    workload: (workload, stack) => {
      state.workload = workload
      state.names = new Map([
        [String(stack.source.port), 'source'],
        [String(stack.target.port), 'target'],
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
      state.jobs.set(event.jobId, { state: 'running', detail: '' })
      return `job ${event.jobId}`
    case 'step-started':
      state.jobs.set(event.jobId, { state: 'running', detail: event.name })
      return `  ${event.jobId}: ${event.name}`
    case 'waiting-approval':
      state.jobs.set(event.jobId, { state: 'waiting', detail: `waits for approval of ${event.environment}` })
      return `job ${event.jobId} waits for approval of ${event.environment}`
    case 'approval':
      return `${event.environment} ${event.state} by ${event.user}`
    case 'log-line':
      state.line = event.line
      return undefined
    case 'job-ended':
      state.jobs.set(event.jobId, {
        state: event.job.result,
        detail: `${(event.job.ms / 1000).toFixed(1)} s`,
      })
      return `job ${event.jobId}: ${event.job.result} after ${(event.job.ms / 1000).toFixed(1)} s`
    case 'step-ended':
      return event.step.conclusion === 'failure' ? `  ${event.jobId}: ${event.step.name} failed` : undefined
    case 'run-started':
    case 'run-ended':
    case 'job-queued':
    case 'process-started':
    case 'summary':
      return undefined
  }
}

function picture(state: State, columns: number): string {
  const lines = [colors.bold(state.step)]
  for (const [id, job] of state.jobs)
    lines.push(` ${marks[job.state] ?? colors.yellow('●')} ${id.padEnd(12)} ${colors.dim(job.detail)}`)
  if (state.line !== '') lines.push(colors.dim(`   ${state.line.slice(0, Math.max(20, columns - 6))}`))
  if (state.workload !== undefined) {
    const { acknowledged, perSecond, perSide, longestGapMs, inDoubt, stale } = state.workload.progress()
    const sides = Object.entries(perSide).map(
      ([server, count]) => `${state.names.get(server.split(':').at(-1) ?? '') ?? server} ${count}`,
    )
    lines.push(
      ` writers ${String(perSecond).padStart(4)} /s   acknowledged ${acknowledged} (${sides.join(', ')})   longest gap ${Math.round(longestGapMs)} ms   in doubt ${inDoubt}   stale writer ${stale.state}`,
    )
  }
  return lines.join('\n')
}
