import { alternate, type BenchOptions, type Measurement } from './bench.ts'
import { openLobServer } from './lob-server.ts'

/**
 * LOB sizing beside one query per column with the same measure of bytes, on 20 tables with 1.5 million rows. Either side
 * must find the same sizes in every run. `lob`: the query per column in its own best form, with parallel query as the
 * server has it. `lob-same-statement`: a query per column that counts only what may be larger, as ours does, so that the
 * rest is what one scan for all columns and several sessions give.
 */
export async function lobBench({ runs = 5, signal, log }: BenchOptions): Promise<Measurement[]> {
  log('20 tables with 1.5 million rows')
  const server = await openLobServer(signal)
  try {
    log('beside one query per column')
    const perColumn = await alternate(runs, { ours: server.ours, reference: server.perColumn }, signal)
    log('beside one query per column with our statement')
    const sameStatement = await alternate(
      runs,
      { ours: server.ours, reference: server.perColumnWithOurStatement },
      signal,
    )
    return [
      { name: 'lob', unit: 'ms', runs: perColumn, target: { kind: 'at-most', ratio: 0.65 } },
      { name: 'lob-same-statement', unit: 'ms', runs: sameStatement },
    ]
  } finally {
    await server.close()
  }
}
