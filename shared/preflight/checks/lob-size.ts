import type { LobMaximum } from '../../migration/lob-columns.ts'
import { confidence } from '../../migration/lob-confidence.ts'
import { decideLobs } from '../../migration/lob-decision.ts'
import { largestLob, largestLobKb } from '../../migration/lob-limit.ts'
import type { Check, Finding } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/**
 * Every LOB must fit into the limit of limited LOB mode, or it is cut (or, as the endpoint is set, fails the task). A
 * limit that was derived from a sample blocks: nobody has said that it is enough. One that the file gives is somebody's
 * word; then a sample is a warning.
 */
export const lobSize: Check = {
  code: 'source-lob-size',
  title: 'every LOB fits into the limit',
  judge: (facts) => {
    const maxima = knownFact(facts.lobs)
    const wanted = facts.migration.dms.lob['max-kb']
    const { taskMaxKb, tables } = decideLobs(wanted, maxima)
    const limited = maxima.map((maximum) => {
      const own = tables.find(({ schema, table }) => schema === maximum.schema && table === maximum.table)
      return { maximum, limit: BigInt(own?.maxKb ?? taskMaxKb) * 1024n }
    })
    const over = limited.filter(({ maximum, limit }) => BigInt(maximum.bytes) > limit)
    const close = limited.filter(
      ({ maximum: { bytes }, limit }) => BigInt(bytes) <= limit && BigInt(bytes) * 2n > limit,
    )
    const sampled = maxima.filter(({ exact }) => !exact)
    return [
      ...tooLarge(over.map(({ maximum }) => maximum)),
      ...littleRoom(close.map(({ maximum }) => maximum)),
      ...fromSamples(sampled, wanted),
    ]
  },
}

function tooLarge(over: readonly LobMaximum[]): Finding[] {
  if (over.length === 0) return []
  const neededKb = (largestLob(over) + 1023n) / 1024n
  return [
    {
      severity: 'blocker',
      message: counted(
        over.length,
        'LOB column holds values above its limit',
        'LOB columns hold values above their limit',
      ),
      objects: over.map(measured),
      why: 'Limited LOB mode carries values up to its limit only. Full mode, which knows no limit, needs a key, columns that may be NULL on the target, and a look-up for every value; it is never chosen for you.',
      remedy:
        neededKb > BigInt(largestLobKb)
          ? `Exclude these tables and carry them in another way (a task of your own in full or inline LOB mode, or COPY): the limit of limited mode is ${largestLobKb} KB.`
          : `Write \`dms: { lob: { max-kb: auto } }\`, or at least ${neededKb}.`,
    },
  ]
}

function littleRoom(close: readonly LobMaximum[]): Finding[] {
  if (close.length === 0) return []
  const twiceKb = (largestLob(close) * 2n + 1023n) / 1024n
  return [
    {
      severity: 'warning',
      message: counted(
        close.length,
        'LOB column has less room than its largest value again',
        'LOB columns have less room than their largest value again',
      ),
      objects: close.map(measured),
      why: 'Rows written until the cutover may be larger; the first one above the limit fails the task.',
      remedy:
        twiceKb > BigInt(largestLobKb)
          ? `The limit of limited mode is ${largestLobKb} KB: make sure that nothing larger is written, or exclude these tables.`
          : `Write \`dms: { lob: { max-kb: auto } }\`, or at least ${twiceKb}.`,
    },
  ]
}

function fromSamples(sampled: readonly LobMaximum[], wanted: 'auto' | number): Finding[] {
  if (sampled.length === 0) return []
  const columns = counted(
    sampled.length,
    'LOB column was sampled, not measured',
    'LOB columns were sampled, not measured',
  )
  return [
    {
      severity: wanted === 'auto' ? 'blocker' : 'warning',
      message: wanted === 'auto' ? `${columns}, and the planned limit rests on it` : columns,
      objects: sampled.map((one) =>
        one.sample === undefined ? measured(one) : `${measured(one)}; ${confidence(one.sample)}`,
      ),
      why: 'A sample misses the few huge values that the limit is for; the first one above the limit fails the task, perhaps hours into the load.',
      remedy:
        wanted === 'auto'
          ? 'Give more time with `dms: { lob: { time-budget: … } }`, or leave it out; or say with `dms: { lob: { max-kb: … } }` what you know to be enough.'
          : 'Give more time with `dms: { lob: { time-budget: … } }`, or leave it out.',
    },
  ]
}

function measured(one: LobMaximum): string {
  const size = one.exact ? one.bytes : `at least ${one.bytes}`
  return `${shown(one)}.${one.column} (${size} bytes as DMS counts them)`
}
