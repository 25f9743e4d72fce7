import { alternate, type BenchOptions, type Measurement } from './bench.ts'
import { openChangesBench } from './emulator-changes.ts'
import { openLoadBench } from './emulator-load.ts'
import { openBenchServers } from './emulator-servers.ts'

/** About 100 MB: long enough that starting a task is a small part of it. */
const scale = 2

/**
 * The emulated DMS beside what PostgreSQL does by itself, on the same two servers: the full load beside `\copy` through
 * pipes, change data capture beside a native subscription. It need not be as fast, only fast enough that rehearsals
 * measure the actions and not it.
 */
export async function emulatorBench({ runs = 7, signal, log }: BenchOptions): Promise<Measurement[]> {
  log('two servers and the sample')
  const servers = await openBenchServers(scale, signal)
  try {
    log('full load')
    const load = await openLoadBench(servers)
    const loads = await alternate(runs, load, signal)
    log('changes')
    const changes = await openChangesBench(servers)
    try {
      const pairs = await alternate(runs, changes, signal)
      return [
        {
          name: 'emulator-load',
          unit: 'rows/s',
          runs: loads,
          target: { kind: 'at-least', ratio: 0.5 },
        },
        {
          name: 'emulator-changes',
          unit: 'changes/s',
          runs: pairs,
          target: { kind: 'at-least', ratio: 0.3 },
        },
      ]
    } finally {
      await changes.close()
    }
  } finally {
    await servers.close()
  }
}
