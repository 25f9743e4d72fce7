import { setTimeout as delay } from 'node:timers/promises'
import type { ClientConfig } from 'pg'
import { createSecretReader } from '../workload/application-secret.ts'
import { isApplicationWriter, ledgerNow, STALE_WRITER, type LedgerLine } from '../workload/ledger.ts'
import type { OpenTransaction } from '../workload/transactions.ts'
import { runWriter } from '../workload/writer.ts'

/** Writers of this process and what they were told. */
export interface LiveWriters {
  readonly lines: readonly LedgerLine[]
  /** Waits until every application writer has made, on that server, a write that it began after `since`. Undefined where one did not within `ms`. */
  until(server: string, since: number, ms: number): Promise<number | undefined>
  /** Longest time between two acknowledged writes of application writers, from `since` on, in ms. */
  longestGap(since: number): number
  stop(): Promise<void>
}

/** How many writers follow the secret; one more stays on the first server for ever. */
const followers = 3

/**
 * Starts them: `followers` read the secret `shop/app` before each connection, the stale one keeps its address. AWS is where
 * the environment of this process says.
 * @param mapPort for the address of a runner's network in the secret: the port of the server behind it
 */
export function startLiveWriters(stale: ClientConfig, mapPort: (port: number) => number): LiveWriters {
  const lines: LedgerLine[] = []
  const stopping = new AbortController()
  const cutting = new AbortController()
  const readSecret = createSecretReader('shop/app')
  const common = {
    standing: 'read-small-standing',
    transaction: changeSomething,
    record: (line: LedgerLine) => lines.push(line),
    stopping: stopping.signal,
    cutting: cutting.signal,
    // Quick at first, when it matters most; connections that are refused again and again would take the machine from all else.
    backoff: { firstMs: 10, mostMs: 160 },
  }
  const names = Array.from({ length: followers }, (_, index) => `w${index + 1}`)
  lines.push({ kind: 'start', at: ledgerNow(), writers: followers })
  const running = [
    ...names.map((name) =>
      runWriter({
        ...common,
        name,
        periodMs: 100,
        address: async () => {
          const config = await readSecret()
          return { ...config, port: mapPort(config.port ?? 0) }
        },
      }),
    ),
    runWriter({
      ...common,
      name: STALE_WRITER,
      periodMs: 80,
      transaction: takeStock,
      address: () => Promise.resolve(stale),
      backoff: { firstMs: 10, mostMs: 160 },
    }),
  ]
  return {
    lines,
    until: async (server, since, ms) => {
      for (const deadline = ledgerNow() + ms; ;) {
        const firsts = names.map((name) =>
          lines.find(
            (line) =>
              line.kind === 'acknowledged' &&
              line.writer === name &&
              line.server === server &&
              line.at - line.rttMs > since,
          ),
        )
        const found = firsts.flatMap((line) => (line === undefined ? [] : [line.at]))
        if (found.length === names.length) return Math.max(...found) - since
        if (ledgerNow() > deadline) return undefined
        await delay(5)
      }
    },
    longestGap: (since) => {
      const acknowledged = lines.flatMap((line) =>
        line.kind === 'acknowledged' && isApplicationWriter(line.writer) && line.at > since ? [line.at] : [],
      )
      const instants = [since, ...acknowledged, ledgerNow()]
      return Math.max(...instants.slice(1).map((at, index) => at - (instants[index] ?? at)))
    },
    stop: async () => {
      stopping.abort()
      const cut = setTimeout(() => cutting.abort(), 300)
      await Promise.race([Promise.all(running), delay(2000, undefined, { ref: false })])
      clearTimeout(cut)
      lines.push({ kind: 'stop', at: ledgerNow() })
    },
  }
}

/** Inserts, updates and deletes in turn. */
async function changeSomething(open: OpenTransaction): Promise<void> {
  const { session, writer, seq, ownOrders } = open
  const [oldest] = ownOrders
  const made = await session.run<{ id: string }>('insert-order', [
    1,
    `${writer}-${seq}`,
    `${seq % 1000}.50`,
    null,
    writer,
    seq,
  ])
  for (const { id } of made.rows) {
    open.sequence('shop.orders_id_seq', id)
    open.orderMade(id)
  }
  if (oldest !== undefined && seq % 3 === 0) {
    await session.run('advance-order', [oldest])
    open.touch('shop.orders', oldest)
  }
  if (oldest !== undefined && ownOrders.length > 4) {
    await session.run('delete-order', [oldest])
    open.touch('shop.orders', oldest)
    open.orderGone(oldest)
  }
  if (seq % 2 === 0) await takeStock(open)
}

async function takeStock(open: OpenTransaction): Promise<void> {
  const product = 1 + (open.seq % open.ranges.products)
  await open.session.run('take-stock', [product, 1])
  open.touch('shop.products', product)
}
