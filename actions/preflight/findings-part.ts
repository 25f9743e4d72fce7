import type { CheckResult, Finding } from '../../shared/preflight/finding.ts'
import type { CodedFinding } from '../../shared/preflight/verdict.ts'
import { counted } from '../../shared/preflight/naming.ts'
import { details, table } from '../../shared/report/markdown.ts'
import { fenced } from './fenced.ts'

const signs = { blocker: '❌ blocker', warning: '⚠️ warning', note: 'ℹ️ note' } as const
const mostObjects = 10
const longestWord = 40

/**
 * What needs a decision as a table, remedies in full and notes folded below it. `pages`: where docs/findings is, as a
 * URL. Pure.
 */
export function findingsPart(findings: readonly CodedFinding[], pages: string | undefined): string[] {
  if (findings.length === 0) return []
  const notes = findings.filter(({ severity, accepted }) => severity === 'note' && accepted === undefined)
  const open = findings.filter((finding) => !notes.includes(finding))
  const remedies = findings
    .filter((finding) => finding.accepted === undefined)
    .filter((finding) => open.includes(finding) || shortened(finding.remedy) !== finding.remedy)
    .map(({ code, remedy }) => `**${code}**\n\n${fenced(remedy)}`)
  return [
    ...(open.length === 0 ? [] : ['### Findings', findingsTable(open, pages)]),
    ...(remedies.length === 0 ? [] : [details('Remedies in full, to be pasted', remedies.join('\n\n'))]),
    ...(notes.length === 0
      ? []
      : [details(`${counted(notes.length, 'note')}, good to know`, findingsTable(notes, pages))]),
  ]
}

function findingsTable(findings: readonly CodedFinding[], pages: string | undefined): string {
  // Three columns: with more of them GitHub gives each too little width for a sentence.
  return table(
    ['finding', 'what, why and where', 'remedy'],
    findings.map((finding) => [
      `${severityOf(finding)}\n${linked(finding.code, pages)}`,
      `${whatAndWhy(finding)}\n${shortList(finding.objects)}`,
      shortened(finding.remedy),
    ]),
  )
}

/** What cannot be judged before the target is there. Pure. */
export function notYetPart(results: readonly CheckResult[]): string[] {
  const waiting = results.filter(({ outcome }) => outcome === 'not-yet')
  if (waiting.length === 0) return []
  return [
    `### Not judged yet\n\nThe target is made by prepare-target; run preflight again then. Until that these are no passes: ${waiting.map(({ code }) => `\`${code}\``).join(', ')}.`,
  ]
}

/** Every check with its outcome, folded. Pure. */
export function checksPart(results: readonly CheckResult[], pages: string | undefined): string {
  const words = {
    passed: '✅ passed',
    failed: '❌ failed',
    unverified: '❓ could not verify',
    'not-yet': '⏳ not yet: the target is made later',
    accepted: '📝 accepted by a waiver',
  } as const
  return details(
    `All ${results.length} checks`,
    table(
      ['outcome', 'code', 'what is right when it passes'],
      results.map(({ outcome, code, title }) => [words[outcome], linked(code, pages), title]),
    ),
  )
}

function severityOf({ severity, accepted }: Finding): string {
  return accepted === undefined ? signs[severity] : `📝 ${severity}, accepted`
}

function whatAndWhy({ message, why, accepted }: Finding): string {
  if (accepted === undefined) return `${message}. ${why}`
  return `${message}. Accepted until ${accepted.expires}: ${accepted.reason}`
}

function linked(code: string, pages: string | undefined): string {
  return pages === undefined ? code : `[${code}](${pages}/${code}.md)`
}

/** One line without words that would push the table off the page. What is left out stands below the table. */
function shortened(remedy: string): string {
  const [first = '', ...more] = remedy.split('\n')
  const line = first
    .split(' ')
    .map((word) => (word.length > longestWord ? `${word.slice(0, longestWord - 1)}…` : word))
    .join(' ')
  if (more.length > 0) return `${line} … (in full below)`
  return line === first ? first : `${line} (in full below)`
}

function shortList(objects: readonly string[]): string {
  const rest = objects.length - mostObjects
  return [...objects.slice(0, mostObjects), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}
