import { approvalText } from '../approval/approval.ts'
import { sidesOf } from '../migration/direction.ts'
import { fitSummary } from '../report/fit-summary.ts'
import { details, table } from '../report/markdown.ts'
import type { CutoverAudit } from './audit.ts'
import { freezeChart, shown } from './freeze-chart.ts'

/** What the summary says beside the record, which has no addresses and goes further. */
export interface SummaryExtra {
  /** Who still came to the database that was left, with the address that helps to find them. */
  readonly stragglers: readonly {
    readonly user: string
    readonly application: string
    readonly address: string
  }[]
  /** What of the record could not be kept. */
  readonly trouble: readonly string[]
}

/** The sentence in bold that nobody may overlook: `require-approval: false`. Empty where somebody approved. Pure. */
export function unapproved(action: string, { how }: Pick<CutoverAudit['approval'], 'how'>): string {
  return how === 'nobody'
    ? `> [!CAUTION]\n> **NOBODY APPROVED THIS ${action.toUpperCase()}: \`require-approval\` IS \`false\`.** That is for rehearsals.`
    : ''
}

/** One sentence: the verdict of a run that went through. Pure. */
export function verdictOf(audit: CutoverAudit): string {
  const { to } = sidesOf(audit.direction)
  const again = audit.direction === 'back' ? ' again' : ''
  return audit.resumed
    ? `The ${audit.action} of ${audit.migration} is finished: the ${to} is open`
    : `${audit.migration} runs on the ${to}${again}; writers waited ${shown(audit.freeze.ms)}`
}

/** The summary of a cutover or fall-back that went through: verdict, what is left, freeze, who approved, the rest folded. Pure. */
export function cutoverSummary(audit: CutoverAudit, extra: SummaryExtra): string {
  const left = leftLines(audit, extra)
  return fitSummary(
    [
      `## ${audit.left.length + extra.trouble.length === 0 ? '✅' : '⚠️'} ${audit.action}: ${verdictOf(audit)}`,
      unapproved(audit.action, audit.approval),
      left.length === 0
        ? '**Nothing is left to do.**'
        : `**Left to do or to know**\n\n${left.map((line) => `- ${line}`).join('\n')}`,
      `- **Approved by** ${approvalText(audit.approval)}.\n- **Way back:** ${wayBackText(audit)}`,
      ...freezePart(audit),
      '### What was done',
      table(['what', 'found'], doneRows(audit)),
      details('Every phase', phaseTable(audit)),
      details('What is true now', trueText(audit)),
    ].filter((part) => part !== ''),
  )
}

function leftLines(audit: CutoverAudit, extra: SummaryExtra): string[] {
  const { from } = sidesOf(audit.direction)
  return [
    ...audit.left,
    ...extra.stragglers.map(
      ({ user, application, address }) =>
        `${user} (${[application, address].filter((part) => part !== '').join(', ')}) still came to the ${from}`,
    ),
    ...extra.trouble.map((line) => `the record of this run: ${line}`),
  ]
}

function freezePart(audit: CutoverAudit): string[] {
  const { freeze } = audit
  if (freeze.ms === null)
    return [
      'This run only finished an earlier one: what writers waited stands in that run’s summary and record.',
    ]
  const range =
    freeze.predictedRangeMs === null
      ? ''
      : ` (${shown(freeze.predictedRangeMs.low)} to ${shown(freeze.predictedRangeMs.high)})`
  const last =
    freeze.last === null
      ? 'none'
      : `${shown(freeze.last.ms)}, ${freeze.last.finished ? 'finished' : 'given up'} ${freeze.last.at.slice(0, 16).replace('T', ' ')}`
  return [
    '### Freeze',
    table(
      ['part', 'this time', 'predicted', 'last attempt on this database'],
      [
        ['**writers waited**', `**${shown(freeze.ms)}**`, `${shown(freeze.predictedMs)}${range}`, last],
        ['of it replication (marker)', shown(freeze.replicationMs), shown(slowest(audit)), ''],
        ['of it ours', shown(freeze.oursMs), '', ''],
        ['budget', shown(freeze.budgetMs), '', ''],
      ],
    ),
    freezeChart(audit),
  ]
}

/** The slowest marker that the reviewer saw: replication's part of the prediction. */
function slowest({ evidence }: CutoverAudit): number | null {
  const trips = evidence?.markerRoundTripsMs ?? []
  return trips.length === 0 ? null : Math.max(...trips)
}

function doneRows(audit: CutoverAudit): string[][] {
  const { freeze, lsn, locks } = audit
  const { from, to } = sidesOf(audit.direction)
  return [
    ['marker round trip before', shown(freeze.markerRoundTripMs)],
    ['statements in the freeze', freeze.statements === null ? '–' : String(freeze.statements)],
    [
      'attempts to pause',
      locks.stalledMs > 0
        ? `${locks.attempts}, which held writers up for at most ${shown(locks.stalledMs)}`
        : String(locks.attempts),
    ],
    [
      'commit point',
      lsn.commit === null ? 'in an earlier run' : `${lsn.commit.lsn}, transaction ${lsn.commit.xid}`,
    ],
    [`sessions ended on the ${from}`, String(audit.sessionsEnded)],
    [`sequences set on the ${to}`, String(audit.sequencesSet)],
    [
      'switched',
      audit.switches.length === 0
        ? 'nothing'
        : audit.switches
            .map(({ name, changed }) => (changed ? name : `${name} (pointed there already)`))
            .join(', '),
    ],
    ...lsn.slots.map(({ slot, lsn: at }) => [`slot ${slot} begins at`, at]),
    [
      'PostgreSQL',
      `source ${audit.versions.source ?? 'not known'}, target ${audit.versions.target ?? 'not known'}`,
    ],
    [
      'plan, evidence',
      `\`${audit.plan.digest.slice(0, 12)}\`${audit.evidence === null ? '' : `, \`${audit.evidence.id}\``}`,
    ],
    ['generation', audit.generation ?? '–'],
  ]
}

function phaseTable({ phases }: CutoverAudit): string {
  const [first] = phases
  const began = Date.parse(first?.startedAt ?? '')
  return table(
    ['phase', 'began after', 'took'],
    phases.map(({ name, startedAt, ms }) => [name, shown(Date.parse(startedAt) - began), shown(ms)]),
  )
}

/** How the way back stands, in one sentence. Pure. */
export function wayBackText({ wayBack, plan, direction }: CutoverAudit): string {
  const { from, to } = sidesOf(direction)
  const action = direction === 'forward' ? 'fall-back' : 'cutover'
  if (!plan.fallBack)
    return `none, since \`cutover.fall-back\` is \`false\`: ${action} refuses, and counts the writes that would be lost.`
  if (wayBack === null)
    return `**not known**: run ${action} with \`dry-run: true\`, which says how it stands.`
  const kept = `the slots keep ${megabytes(wayBack.walBytes.from)} of WAL on the ${from} and ${megabytes(wayBack.walBytes.to)} on the ${to}, until cleanup`
  const broken = wayBack.tasks.filter(({ status }) => status !== 'running')
  if (wayBack.provedMs === null)
    return `**not proved yet**: no marker has come back${broken.length === 0 ? '' : ` (${broken.map(({ identifier, status }) => `${identifier} is ${status}`).join(', ')})`}; ${kept}.`
  return `proved: a marker went from the ${to} to the ${from} in ${shown(wayBack.provedMs)}${broken.length === 0 ? '' : `, but ${broken.map(({ identifier, status }) => `${identifier} is ${status} now`).join(', ')}`}; ${kept}.`
}

function trueText(audit: CutoverAudit): string {
  const { from, to } = sidesOf(audit.direction)
  return [
    `- The ${to} is open: applications read and write there.`,
    `- The ${from} refuses every writer, and keeps its rows as they were at the commit point${audit.wayBack?.provedMs === null || audit.wayBack === null ? '' : `, and what is written on the ${to} since`}.`,
    `- The record of this run is \`${audit.action}.json\` (output \`audit-file\`), and stands in aurora_migration.journal on both sides.`,
  ].join('\n')
}

function megabytes(bytes: string): string {
  return `${(Number(BigInt(bytes) / 1024n) / 1024).toFixed(1)} MB`
}
