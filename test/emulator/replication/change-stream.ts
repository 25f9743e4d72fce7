import type { Duplex, DuplexOptions } from 'node:stream'
import { Client, escapeIdentifier, type Submittable } from 'pg'
import { both } from 'pg-copy-streams'
import { clientConfig, closeClient } from './connect.ts'
import type { DatabaseAddress } from './job-contract.ts'
import { formatLsn, NO_LSN, type Lsn } from './lsn.ts'

declare module 'pg-copy-streams' {
  function both(
    text: string,
    options?: DuplexOptions & { alignOnCopyDataFrame?: boolean },
  ): Duplex & Submittable
}

const XLOG_DATA = 0x77
const KEEPALIVE = 0x6b
const STATUS_UPDATE = 0x72
const XLOG_HEADER_BYTES = 25
const STATUS_INTERVAL_MS = 1000
/** microseconds between the Unix epoch and PostgreSQL's */
const POSTGRES_EPOCH_MS = 946_684_800_000
const FRAMES_IN_FLIGHT = 4096

export interface ChangeStreamHandler {
  data(lsn: Lsn, payload: Buffer): void
  /** `end`: how far the server has sent; `urgent`: it waits for an answer, as it does before a shutdown */
  keepalive(end: Lsn, urgent: boolean): void
  /** The stream is over without close(): the reason. */
  lost(error: Error): void
}

export interface ChangeStream {
  /** Tells the source that everything up to here is safe on the target. Never moves backwards. */
  confirm(lsn: Lsn): void
  pause(): void
  resume(): void
  close(): Promise<void>
}

/**
 * Streams a test_decoding slot from its confirmed position, or from `start` where that is later.
 * @param name what the session calls itself
 */
export async function openChangeStream(
  address: DatabaseAddress,
  name: string,
  slot: string,
  start: Lsn,
  handler: ChangeStreamHandler,
): Promise<ChangeStream> {
  const config = { ...clientConfig(address, name), replication: 'database' }
  const client = new Client(config)
  let closed = false
  let confirmed = NO_LSN
  const lose = (error: Error): void => {
    if (closed) return
    closed = true
    clearInterval(timer)
    void closeClient(client)
    handler.lost(error)
  }
  client.on('error', lose)
  client.on('end', () => lose(new Error('Connection terminated unexpectedly')))
  await client.connect()
  const options = `("include-xids" '1', "include-timestamp" '1', "skip-empty-xacts" '1')`
  const command = `START_REPLICATION SLOT ${escapeIdentifier(slot)} LOGICAL ${formatLsn(start)} ${options}`
  const stream = client.query(
    both(command, {
      alignOnCopyDataFrame: true,
      readableObjectMode: true,
      readableHighWaterMark: FRAMES_IN_FLIGHT,
    }),
  )

  function sendStatus(): void {
    if (closed || !stream.writable) return
    const message = Buffer.alloc(34)
    message[0] = STATUS_UPDATE
    for (const offset of [1, 9, 17]) message.writeBigUInt64BE(confirmed, offset)
    message.writeBigInt64BE(BigInt(Date.now() - POSTGRES_EPOCH_MS) * 1000n, 25)
    stream.write(message)
  }
  const timer = setInterval(sendStatus, STATUS_INTERVAL_MS)

  stream.on('error', lose)
  stream.on('end', () => lose(new Error('Connection terminated by the source')))
  stream.on('data', (frame: Buffer) => {
    if (closed) return
    try {
      if (frame[0] === XLOG_DATA) {
        handler.data(frame.readBigUInt64BE(1), frame.subarray(XLOG_HEADER_BYTES))
      } else if (frame[0] === KEEPALIVE) {
        const urgent = frame[17] === 1
        handler.keepalive(frame.readBigUInt64BE(1), urgent)
        if (urgent) sendStatus()
      }
    } catch (error) {
      lose(error instanceof Error ? error : new Error(String(error)))
    }
  })

  return {
    confirm(lsn) {
      if (lsn <= confirmed) return
      confirmed = lsn
      sendStatus()
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    async close() {
      if (closed) return
      sendStatus()
      closed = true
      clearInterval(timer)
      await closeClient(client)
    },
  }
}
