import { isIPv6 } from 'node:net'
import * as z from 'zod'

const ms = z.number().min(0)
const when = z.iso.datetime()
const lsn = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/u)

/**
 * `cutover.json`: what one run of cutover or fall-back did, who approved it, and what is left. Kept in the journal of both
 * databases too. No secrets, hosts, addresses or URLs. LSNs, generations and transaction ids are text: they outgrow a number.
 */
export const auditSchema = z.strictObject({
  version: z.literal(1),
  action: z.enum(['cutover', 'fall-back']),
  migration: z.string(),
  /** `failed`: the run ended with an error, before or after its commit point; what is true then stands in `standing`. */
  outcome: z.enum(['finished', 'failed']),
  direction: z.enum(['forward', 'back']),
  generation: z.string().nullable(),
  /** This run only finished what an earlier one had begun: that one's measurements are in its own audit or in the journal. */
  resumed: z.boolean(),
  writtenAt: when,
  approval: z.strictObject({
    how: z.enum(['environment', 'comment', 'nobody']),
    by: z.array(z.string()),
    startedBy: z.array(z.string()),
    environment: z.string().nullable(),
    comment: z
      .strictObject({ id: z.int(), repository: z.string(), issue: z.int(), at: z.string() })
      .nullable(),
  }),
  run: z.strictObject({
    repository: z.string(),
    id: z.string(),
    attempt: z.int().min(1),
    actor: z.string(),
    /** Commit of the workflow run; empty outside of GitHub. */
    commit: z.string(),
  }),
  plan: z.strictObject({
    digest: z.string(),
    version: z.int(),
    fence: z.string(),
    tasks: z.int(),
    tables: z.int(),
    sequences: z.int(),
    fallBack: z.boolean(),
  }),
  evidence: z
    .strictObject({
      id: z.string(),
      version: z.int(),
      ageMs: ms,
      proof: z.string(),
      markerRoundTripsMs: z.array(ms),
      predictedFreezeMs: ms,
    })
    .nullable(),
  versions: z.strictObject({
    /** The ref at which these actions were used; empty where they ran from a checkout. */
    actions: z.string(),
    source: z.string().nullable(),
    target: z.string().nullable(),
  }),
  lsn: z.strictObject({
    commit: z.strictObject({ xid: z.string(), lsn }).nullable(),
    /** The markers of the drain, and when the entered database had written down that they were there: the proof. */
    markers: z.array(z.strictObject({ id: z.string(), at: when })),
    /** Where the slots of the way back begin, on the database that was entered. */
    slots: z.array(z.strictObject({ slot: z.string(), lsn })),
  }),
  freeze: z.strictObject({
    /** What writers waited; null in a run that only finished an earlier one, or never paused. */
    ms: ms.nullable(),
    replicationMs: ms.nullable(),
    oursMs: ms.nullable(),
    statements: z.int().nullable(),
    budgetMs: ms,
    predictedMs: ms.nullable(),
    predictedRangeMs: z.strictObject({ low: ms, high: ms }).nullable(),
    markerRoundTripMs: ms.nullable(),
    /** The attempt before this one on the same database; `finished` false where it was given up. */
    last: z.strictObject({ ms, finished: z.boolean(), at: when }).nullable(),
  }),
  locks: z.strictObject({ attempts: z.int(), stalledMs: ms }),
  phases: z.array(z.strictObject({ name: z.string(), startedAt: when, ms })),
  sessionsEnded: z.int(),
  sequencesSet: z.int(),
  switches: z.array(z.strictObject({ name: z.string(), changed: z.boolean(), detail: z.string() })),
  /** Who still came to the database that was left: writers that the fence refused, and readers of what no longer changes. */
  stragglers: z.array(
    z.strictObject({ user: z.string(), application: z.string(), state: z.string().nullable() }),
  ),
  wayBack: z
    .strictObject({
      /** The round trip of the marker that proved it; null where it is not proved. */
      provedMs: ms.nullable(),
      tasks: z.array(z.strictObject({ identifier: z.string(), status: z.string() })),
      walBytes: z.strictObject({ from: z.string(), to: z.string() }),
    })
    .nullable(),
  left: z.array(z.string()),
  failure: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  /** Phase and generation of both deciding rows when this was written. */
  standing: z.strictObject({ source: z.string(), target: z.string() }).nullable(),
})

export type CutoverAudit = z.infer<typeof auditSchema>

/** Text of foreign origin (what a server or a library said) without addresses: the audit goes to people outside, too. Pure. */
export function withoutAddresses(text: string): string {
  return text
    .replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"<>]+/giu, '‹url›')
    .replaceAll(/\b\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?(?::\d+)?/gu, '‹address›')
    .replaceAll(/(?<![\w:])[0-9a-f:]{3,39}(?![\w:])/giu, (found) => (isIPv6(found) ? '‹address›' : found))
    .replaceAll(/\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|internal|local|cloud|aws|cn)(?::\d+)?\b/giu, '‹host›')
}
