import { stripVTControlCharacters } from 'node:util'
import colors from 'picocolors'
import type { WorkloadProgress } from '../workload/workload-meter.ts'

/** One job of the workflow as it stands. */
export interface JobPicture {
  readonly state: 'expected' | 'running' | 'waiting' | 'success' | 'failure' | 'cancelled' | 'skipped'
  readonly detail: string
  /** Since when it runs, in milliseconds of `performance.now()`. */
  readonly since?: number
}

/** All that the live view shows. */
export interface Scene {
  /** Milliseconds since the rehearsal began. */
  readonly ms: number
  readonly title: string
  readonly step: string
  readonly jobs: ReadonlyMap<string, JobPicture>
  /** The last line that an action printed. */
  readonly line: string
  /** `24/30 tables  rows 16,812`, once the load has begun. */
  readonly load: string | undefined
  /** Round trip of the last marker, `38 ms`. */
  readonly roundTrip: string | undefined
  readonly lagBytes: number | undefined
  readonly writes: WorkloadProgress | undefined
  /** `source` and `target` by port. */
  readonly sides: ReadonlyMap<string, string>
  readonly now: number
}

const marks: Readonly<Record<JobPicture['state'], string>> = {
  expected: colors.dim('○'),
  running: colors.yellow('●'),
  waiting: colors.cyan('?'),
  success: colors.green('✔'),
  failure: colors.red('✘'),
  cancelled: colors.red('■'),
  skipped: colors.dim('–'),
}

/** The live view as text of at most `columns` a line. Pure. */
export function picture(scene: Scene, columns: number): string {
  const heading = [`${clock(scene.ms)}  ${colors.bold(scene.title)}`, ` ${colors.dim(scene.step)}`, '']
  const jobs = [...scene.jobs].flatMap(([id, job]) => jobLines(id, job, scene))
  return [...heading, ...jobs, '', ...figures(scene)].map((line) => fitted(line, columns)).join('\n')
}

function jobLines(id: string, job: JobPicture, scene: Scene): string[] {
  const time = job.since === undefined ? '' : `${((scene.now - job.since) / 1000).toFixed(0)} s`
  const line = ` ${marks[job.state]} ${id.padEnd(12)} ${job.detail}  ${colors.dim(time)}`
  return job.state === 'running' && scene.line !== '' ? [line, `     ${colors.dim(scene.line)}`] : [line]
}

function figures(scene: Scene): string[] {
  const lines: string[] = []
  if (scene.load !== undefined) lines.push(figure('load', scene.load))
  // Once the target takes writes, nobody replicates any more.
  if (scene.lagBytes !== undefined && !sidesOf(scene).has('target')) {
    const trip = scene.roundTrip === undefined ? '' : `   marker’s round trip ${scene.roundTrip}`
    lines.push(figure('lag', `${kilobytes(scene.lagBytes)} of WAL${trip}`))
  }
  if (scene.writes === undefined) return lines
  const { acknowledged, perSecond, longestGapMs, inDoubt, failed, stale } = scene.writes
  const sides = [...sidesOf(scene)].map(([side, count]) => `${side} ${grouped(count)}`)
  lines.push(
    figure('writers', `${perSecond}/s   acknowledged ${grouped(acknowledged)} (${sides.join(', ')})`),
    figure('', `longest gap ${Math.round(longestGapMs)} ms   in doubt ${inDoubt}   failed ${failed}`),
    figure('straggler', `${stale.state} on the source`),
  )
  return lines
}

/** Acknowledged writes of each side that took some. */
function sidesOf({ writes, sides }: Scene): Map<string, number> {
  return new Map(
    Object.entries(writes?.perSide ?? {}).map(([server, count]) => [
      sides.get(server.split(':').at(-1) ?? '') ?? server,
      count,
    ]),
  )
}

function figure(name: string, value: string): string {
  return ` ${colors.dim(name.padEnd(10))} ${value}`
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

function kilobytes(bytes: number): string {
  return `${grouped(Math.ceil(bytes / 1024))} kB`
}

function grouped(value: number): string {
  return value.toLocaleString('en-US')
}

/** A line that wraps would be drawn over badly. Colours go where something must be cut. */
function fitted(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line)
  return plain.length < columns ? line : `${plain.slice(0, Math.max(10, columns - 2))}…`
}
