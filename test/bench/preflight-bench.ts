import { alternate, type BenchOptions, type Measurement, type Pair } from './bench.ts'
import { openPreflightDatabases } from './preflight-databases.ts'

const few = 50
const many = 5000

/**
 * Preflight of 5,000 tables with 50,000 columns and 10,000 sequences, beside asking each table and sequence by itself on
 * the same servers; and the statements that the servers counted, beside those with 50 tables.
 */
export async function preflightBench({ runs = 3, signal, log }: BenchOptions): Promise<Measurement[]> {
  const databases = await openPreflightDatabases('preflight-bench', signal)
  try {
    await databases.grow(few)
    const before = await databases.preflight()
    log(`${few} tables: ${before.statements.source} statements on the source, ${Math.round(before.ms)} ms`)
    await databases.grow(many)
    log(`${many} tables are made`)
    const statements: Pair[] = []
    const pairs = await alternate(
      runs,
      {
        ours: async () => {
          const found = await databases.preflight()
          if (found.verdict.unverified > 0) throw new Error('preflight could not read all that it judges')
          statements.push({
            ours: found.statements.source + found.statements.target,
            reference: before.statements.source + before.statements.target,
          })
          log(`ours: ${Math.round(found.ms)} ms`)
          return found.ms
        },
        reference: async () => {
          const ms = await databases.naive()
          log(`a query for each table: ${Math.round(ms)} ms`)
          return ms
        },
      },
      signal,
    )
    return [
      { name: 'preflight', unit: 'ms', runs: pairs, target: { kind: 'at-most', ratio: 1 } },
      {
        name: 'preflight-statements',
        unit: 'statements',
        runs: statements,
        target: { kind: 'at-most', ratio: 1 },
      },
    ]
  } finally {
    await databases.close()
  }
}
