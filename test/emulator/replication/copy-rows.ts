import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Client } from 'pg'
import { from, to } from 'pg-copy-streams'

const NEWLINE = 10
const CHUNK_BYTES = 1_048_576

/** The source sent nothing for as long as its endpoint's ExecuteTimeout allows; SQLSTATE as where the server itself breaks off. */
class ExecuteTimeout extends Error {
  override readonly name = 'ExecuteTimeout'
  readonly code = '57014'

  constructor() {
    super('canceling statement due to statement timeout')
  }
}

export interface CopyControl {
  /** The longest wait for rows from the source; 0: any. DMS reads by a cursor, so its timeout counts for each fetch. */
  readonly longestWaitMs: number
  /** Told of rows and bytes of each chunk; may wait, or throw to break off. */
  onChunk(rows: number, bytes: number): Promise<void> | void
}

/**
 * Pipes one COPY into another. Text format: it crosses majors, and its newlines count the rows as they pass.
 * @returns rows that the target reports
 */
export async function copyRows(
  ends: { source: Client; unload: string; target: Client; load: string },
  control: CopyControl,
): Promise<number> {
  const reader = ends.source.query(to(ends.unload, { highWaterMark: CHUNK_BYTES }))
  const writer = ends.target.query(from(ends.load, { highWaterMark: CHUNK_BYTES }))
  let timer: NodeJS.Timeout | undefined
  const pause = (): void => clearTimeout(timer)
  const wait = (): void => {
    pause()
    if (control.longestWaitMs <= 0) return
    timer = setTimeout(() => {
      // Rows that the target has not taken yet: it is not the source that is slow.
      if (counter.readableLength > 0 || writer.writableLength > 0) wait()
      else reader.destroy(new ExecuteTimeout())
    }, control.longestWaitMs)
  }
  const counter = new Transform({
    highWaterMark: CHUNK_BYTES,
    transform(chunk: Buffer, _encoding, done) {
      pause()
      const pass = (): void => {
        wait()
        done(null, chunk)
      }
      const waiting = control.onChunk(countRows(chunk), chunk.length)
      if (waiting === undefined) pass()
      else waiting.then(pass, done)
    },
    flush(done) {
      pause()
      done()
    },
  })
  wait()
  try {
    await pipeline(reader, counter, writer)
  } finally {
    pause()
  }
  return writer.rowCount
}

function countRows(chunk: Buffer): number {
  let rows = 0
  for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) rows += 1
  return rows
}
