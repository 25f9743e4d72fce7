import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Client } from 'pg'
import { from, to } from 'pg-copy-streams'

const NEWLINE = 10
const CHUNK_BYTES = 1_048_576

/**
 * Pipes one COPY into another. Text format: it crosses majors, and its newlines count the rows as they pass.
 * @param onChunk told of rows and bytes of each chunk; may wait, or throw to break off
 * @returns rows that the target reports
 */
export async function copyRows(
  source: Client,
  unload: string,
  target: Client,
  load: string,
  onChunk: (rows: number, bytes: number) => Promise<void> | void,
): Promise<number> {
  const reader = source.query(to(unload, { highWaterMark: CHUNK_BYTES }))
  const writer = target.query(from(load, { highWaterMark: CHUNK_BYTES }))
  const counter = new Transform({
    highWaterMark: CHUNK_BYTES,
    transform(chunk: Buffer, _encoding, done) {
      const waiting = onChunk(countRows(chunk), chunk.length)
      if (waiting === undefined) done(null, chunk)
      else waiting.then(() => done(null, chunk), done)
    },
  })
  await pipeline(reader, counter, writer)
  return writer.rowCount
}

function countRows(chunk: Buffer): number {
  let rows = 0
  for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) rows += 1
  return rows
}
