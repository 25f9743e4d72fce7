import { existsSync, readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { flexibleNumber } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { pagingInput, rdsFilters } from './rds-input.ts'
import type { InstanceRecord } from './records.ts'
import { findInstance } from './resources.ts'

/** The most that one portion holds (API: DownloadDBLogFilePortion). */
const mostLines = 10_000
const mostBytes = 2 ** 20

/** The real log of the server behind an instance; undefined where there is none. */
function logOf(emulator: Emulator, instance: InstanceRecord): { name: string; file: string } | undefined {
  const cluster = emulator.store.state.rds.clusters.find(
    ({ identifier }) => identifier === instance.clusterIdentifier,
  )
  const { server, volume } = cluster ?? instance
  const file = server ? server.logFile : volume && emulator.volumes.logFile(volume.id)
  if (file === undefined || !existsSync(file)) return undefined
  // RDS begins a file each hour; here the file of the first hour holds everything.
  return { name: `error/postgresql.log.${instance.createdAt.slice(0, 13).replace('T', '-')}`, file }
}

const describeInput = z.strictObject({
  ...pagingInput,
  Filters: rdsFilters,
  DBInstanceIdentifier: z.string(),
  FilenameContains: z.string().optional(),
  FileLastWritten: flexibleNumber.optional(),
  FileSize: flexibleNumber.optional(),
})

const downloadInput = z.strictObject({
  DBInstanceIdentifier: z.string(),
  LogFileName: z.string(),
  Marker: z.string().optional(),
  NumberOfLines: flexibleNumber.optional(),
})

/** From the marker on (`0` is the beginning); without one, the end of the file. Portions are whole lines. */
function portion(
  text: Buffer,
  marker: string | undefined,
  wanted: number | undefined,
): Record<string, unknown> {
  const ends = lineEnds(text)
  const lines = Math.min(wanted ?? mostLines, mostLines)
  const start = marker === undefined ? (ends.at(-1 - lines) ?? 0) : offsetOf(marker)
  const end =
    ends
      .filter((at) => at > start && at - start <= mostBytes)
      .slice(0, lines)
      .at(-1) ?? start
  return {
    LogFileData: text.subarray(start, end).toString('utf8'),
    Marker: `${ends.filter((at) => at <= end).length}:${end}`,
    AdditionalDataPending: ends.some((at) => at > end),
  }
}

/** The offsets behind every line's end. */
function lineEnds(text: Buffer): number[] {
  const ends: number[] = []
  for (let at = text.indexOf(10); at !== -1; at = text.indexOf(10, at + 1)) ends.push(at + 1)
  return ends
}

function offsetOf(marker: string): number {
  if (marker === '0') return 0
  const match = /^\d+:(\d+)$/.exec(marker)
  if (!match) throw new AwsError('InvalidParameterValue', `Invalid marker ${marker}`)
  return Number(match[1])
}

export function logOperations(emulator: Emulator): Record<string, Operation> {
  return {
    DescribeDBLogFiles: operation(describeInput, 'reads', (input) => {
      const log = logOf(emulator, findInstance(emulator, input.DBInstanceIdentifier))
      const { size, mtimeMs } = log ? statSync(log.file) : { size: 0, mtimeMs: 0 }
      const matching = [log].filter(
        (candidate) =>
          candidate !== undefined &&
          candidate.name.includes(input.FilenameContains ?? '') &&
          mtimeMs >= (input.FileLastWritten ?? 0) &&
          size >= (input.FileSize ?? 0),
      )
      const { entries, ...marker } = page(matching, input, { min: 1, max: 1000 })
      return {
        DescribeDBLogFiles: entries.map((entry) => ({
          LogFileName: entry?.name,
          LastWritten: Math.floor(mtimeMs),
          Size: size,
        })),
        ...marker,
      }
    }),
    DownloadDBLogFilePortion: operation(downloadInput, 'reads', (input) => {
      const log = logOf(emulator, findInstance(emulator, input.DBInstanceIdentifier))
      if (log?.name !== input.LogFileName) {
        throw new AwsError(
          'DBLogFileNotFoundFault',
          `DBLog File: ${input.LogFileName}, is not found on the DB instance`,
          404,
        )
      }
      return portion(readFileSync(log.file), input.Marker, input.NumberOfLines)
    }),
  }
}
