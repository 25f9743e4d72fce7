import { defaultLimits } from '../../shared/comparison/comparison.ts'
import { alternate, type BenchOptions, type Measurement } from './bench.ts'
import { openVerifyServers } from './verify-servers.ts'

/**
 * Comparing two equal databases (15 and 17; 1.6 million rows in 6 tables, with keys that lie in order and keys that do not)
 * beside `select count(*), sum(hashtext(t::text)) from t` for each table, run on both sides at the same time. `verify`: both as
 * they are by default, four sessions a side and a session with two parallel workers. `verify-one-process`: one process a
 * side for either, so that nothing is won by a larger share of a busy machine.
 */
export async function verifyBench({ runs = 5, signal, log }: BenchOptions): Promise<Measurement[]> {
  log('6 tables with 1.6 million rows on both sides')
  const servers = await openVerifyServers(signal)
  try {
    const beside = (ours: number, workers: number) =>
      alternate(runs, { ours: () => servers.ours(ours), reference: () => servers.reference(workers) }, signal)
    const target = { kind: 'at-most', ratio: 1.25 } as const
    log('beside a hash of whole tables')
    // Two workers are PostgreSQL's default.
    const several = await beside(defaultLimits.maxConnections, 2)
    log('the same, one process on each side for either')
    const one = await beside(1, 0)
    return [
      { name: 'verify', unit: 'ms', runs: several, target },
      { name: 'verify-one-process', unit: 'ms', runs: one, target },
    ]
  } finally {
    await servers.close()
  }
}
