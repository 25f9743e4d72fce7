import { alternate, type BenchOptions, type Measurement } from './bench.ts'
import { openSequenceServers } from './sequences-servers.ts'

/** Of the time of one call each: 40 × faster. */
const target = { kind: 'at-most', ratio: 1 / 40 } as const
/** Round trip between a runner and a database of the same region, ms. */
const networkMs = 1

/**
 * 10,000 sequences beside a call for each, the second in the session's own time and nothing else. `sequences`: the whole
 * sync over a network of 1 ms, as a runner has it (both sides read, all set, read again; at most 3 statements a side, or it
 * fails) beside a SELECT and a setval for each. `sequences-set`: what a freeze would wait for, without any network: one
 * statement beside a setval for each. `sequences-loopback`: the whole sync without any network, where reading 10,000
 * relations takes what it takes. The last two are only reported: a call each is made over a network, never without.
 */
export async function sequencesBench({ runs = 3, signal, log }: BenchOptions): Promise<Measurement[]> {
  log('10,000 sequences on both sides')
  const near = await openSequenceServers(0, signal)
  let setting: Measurement['runs']
  let loopback: Measurement['runs']
  try {
    log('set, without a network')
    setting = await alternate(runs, { ours: near.set, reference: near.setOneByOne }, signal)
    log('the whole sync, without a network')
    loopback = await alternate(runs, { ours: near.sync, reference: near.syncOneByOne }, signal)
  } finally {
    await near.close()
  }
  log(`the whole sync, over a network of ${networkMs} ms`)
  const far = await openSequenceServers(networkMs, signal)
  try {
    const whole = await alternate(runs, { ours: far.sync, reference: far.syncOneByOne }, signal)
    return [
      { name: 'sequences', unit: 'ms', runs: whole, target },
      { name: 'sequences-set', unit: 'ms', runs: setting },
      { name: 'sequences-loopback', unit: 'ms', runs: loopback },
    ]
  } finally {
    await far.close()
  }
}
