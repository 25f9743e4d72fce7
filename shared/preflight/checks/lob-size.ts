import { decideLobMaxKb, largestLobKb } from '../../migration/lob-columns.ts'
import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'
import { counted, shown } from '../naming.ts'

/** Every LOB must fit into the limit of limited LOB mode, or it is cut (or, as the endpoint is set, fails the task). */
export const lobSize: Check = {
  code: 'source-lob-size',
  title: 'every LOB fits into the limit',
  judge: (facts) => {
    const maxima = knownFact(facts.lobs)
    const kb = decideLobMaxKb(facts.migration.dms.lob['max-kb'], maxima)
    const over = maxima.filter(({ bytes }) => BigInt(bytes) > BigInt(kb) * 1024n)
    if (over.length === 0) return []
    const needed = over.reduce((most, { bytes }) => (BigInt(bytes) > most ? BigInt(bytes) : most), 0n)
    const neededKb = (needed + 1023n) / 1024n
    return [
      {
        severity: 'blocker',
        message: counted(
          over.length,
          `LOB column holds values above the limit of ${kb} KB`,
          `LOB columns hold values above the limit of ${kb} KB`,
        ),
        objects: over.map((one) => `${shown(one)}.${one.column} (${one.bytes} bytes as DMS counts them)`),
        why: 'Limited LOB mode carries values up to its limit only.',
        remedy:
          neededKb > BigInt(largestLobKb)
            ? `Exclude these tables: DMS’s limit is ${largestLobKb} KB.`
            : `Write \`dms: { lob: { max-kb: auto } }\`, or at least ${neededKb}.`,
      },
    ]
  },
}
