import { planParts } from '../../shared/migration/plan-parts.ts'
import type { Migration } from '../../shared/migration/schema.ts'
import type { TableLoad } from '../../shared/migration/split-tables.ts'
import type { PreflightFacts } from '../../shared/preflight/facts.ts'
import type { CheckResult } from '../../shared/preflight/finding.ts'
import type { CodedFinding } from '../../shared/preflight/verdict.ts'
import { fitSummary } from '../../shared/report/fit-summary.ts'
import { details, table } from '../../shared/report/markdown.ts'
import type { DatabaseChange } from '../../shared/target/database-change.ts'
import { strategyChanges } from './aws-changes.ts'
import { comparisonPart } from './comparison-part.ts'
import { predictLoad } from './load-prediction.ts'
import { planPart } from './plan-part.ts'
import type { PreflightOutcome } from './report.ts'
import { runSheet } from './run-sheet.ts'

const signs = { blocker: '❌ blocker', warning: '⚠️ warning', note: 'ℹ️ note' } as const
const mostObjects = 10

/** The job summary: verdict, findings with blockers first, what will change and how it is undone, tasks, digest. Pure. */
export function summary(outcome: PreflightOutcome, headline: string, digest: string): string {
  const { verdict, facts, plan, planNotes, compared, results, changes } = outcome
  const clear = verdict.verdict === 'clear'
  const parts = [
    `## ${clear ? '✅' : '❌'} preflight: ${headline.replaceAll('<', '&lt;')}`,
    clear
      ? 'Every check was made and none blocks. Nothing was written anywhere.'
      : 'Nothing was written anywhere. Mend the blockers and run preflight again.',
    ...findingsPart(verdict.findings),
    ...(plan === undefined ? [] : planPart(plan, tableLoads(facts), planNotes)),
    ...(plan === undefined || compared === undefined ? [] : comparisonPart(compared, plan)),
    ...(plan === undefined || !clear
      ? []
      : [
          ...changesPart(changes, facts.migration),
          ...runSheet(facts.migration, {
            tasks: plan.tasks.length,
            load: predictLoad(plan, tableLoads(facts)),
          }),
        ]),
    ...lobsPart(facts),
    checksPart(results),
    ...(plan === undefined
      ? ['**Plan:** none, since the source could not be read as a plan needs it.']
      : [
          `**Plan digest:** \`${digest}\``,
          details(
            'Digests of its parts (to see which one changed)',
            table(['part', 'digest'], Object.entries(planParts(plan))),
          ),
        ]),
    clear
      ? '**Next:** create-task with this `plan-digest` and the output `plan-decisions`.'
      : '**Next:** the remedies above, then preflight again.',
  ]
  return fitSummary(parts)
}

function findingsPart(findings: readonly CodedFinding[]): string[] {
  if (findings.length === 0) return []
  const rows = findings.map(({ severity, code, message, objects, why, remedy }) => [
    signs[severity],
    code,
    `${message}. ${why}`,
    shortList(objects),
    firstLine(remedy),
  ])
  const remedies = findings
    .filter(({ severity }) => severity !== 'note')
    .map(({ code, remedy }) => `**${code}**\n\n${fenced(remedy)}`)
  return [
    '### Findings',
    table(['severity', 'code', 'what and why', 'objects', 'remedy'], rows),
    ...(remedies.length === 0 ? [] : [details('Remedies in full, to be pasted', remedies.join('\n\n'))]),
  ]
}

/** Sizes and writes of the tables, as far as they could be read. */
export function tableLoads({ source }: PreflightFacts): readonly TableLoad[] {
  return source.statistics.known ? source.statistics.value : []
}

function changesPart(changes: readonly DatabaseChange[], migration: Migration): string[] {
  const rows = changes.map(({ side, title, undo }) => [side, title, undo])
  return [
    '### What will be changed, and how it is undone',
    table(
      ['where', 'what', 'undone'],
      [
        ...(rows.length === 0 ? [['source, target', 'nothing more: both sides are prepared', '']] : rows),
        ...strategyChanges(migration),
      ],
    ),
    ...(changes.length === 0
      ? []
      : [
          details(
            'SQL of these changes',
            changes
              .map(({ side, title, statements }) => `-- ${side}: ${title}\n${statements.join(';\n')};`)
              .map((sql) => fenced(sql.length > 20_000 ? `${sql.slice(0, 20_000)}\n-- …` : sql, 'sql'))
              .join('\n\n'),
          ),
        ]),
  ]
}

function lobsPart(facts: PreflightFacts): string[] {
  const lobs = facts.lobs.known ? facts.lobs.value : []
  if (lobs.length === 0) return []
  const rows = [...lobs]
    .sort((a, b) => (BigInt(b.bytes) > BigInt(a.bytes) ? 1 : -1))
    .map(({ schema, table: name, column, type, kind, bytes, exact }) => [
      `${schema}.${name}.${column}`,
      type,
      kind,
      exact ? bytes : `at least ${bytes} (sample)`,
    ])
  return [
    details(
      'Largest value of each LOB column, in bytes as DMS counts them',
      table(['column', 'type', 'LOB', 'bytes'], rows),
    ),
  ]
}

function checksPart(results: readonly CheckResult[]): string {
  const words = {
    passed: '✅ passed',
    failed: '❌ failed',
    unverified: '❓ could not verify',
    'not-yet': '⏳ not yet',
  } as const
  return details(
    `All ${results.length} checks`,
    table(
      ['outcome', 'code', 'what is right when it passes'],
      results.map(({ outcome, code, title }) => [words[outcome], code, title]),
    ),
  )
}

function firstLine(remedy: string): string {
  const [first, ...more] = remedy.split('\n')
  return more.length === 0 ? (first ?? '') : `${first ?? ''} … (in full below)`
}

function shortList(objects: readonly string[]): string {
  const rest = objects.length - mostObjects
  return [...objects.slice(0, mostObjects), ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n')
}

/** A fence that no text inside can end. */
function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/gu)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text}\n${fence}`
}
