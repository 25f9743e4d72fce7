import { planParts } from '../../shared/migration/plan-parts.ts'
import type { TableLoad } from '../../shared/migration/split-tables.ts'
import type { PreflightFacts } from '../../shared/preflight/facts.ts'
import { fitSummary } from '../../shared/report/fit-summary.ts'
import { counted } from '../../shared/preflight/naming.ts'
import type { Verdict } from '../../shared/preflight/verdict.ts'
import { details, table } from '../../shared/report/markdown.ts'
import type { DatabaseChange } from '../../shared/target/database-change.ts'
import { strategyChanges } from './aws-changes.ts'
import { comparisonPart } from './comparison-part.ts'
import { fenced } from './fenced.ts'
import { checksPart, findingsPart, notYetPart } from './findings-part.ts'
import { predictLoad } from './load-prediction.ts'
import { planPart } from './plan-part.ts'
import type { PreflightOutcome } from './report.ts'
import { runSheet } from './run-sheet.ts'
import { writesMeanwhile, writesPerSecond } from './write-rate.ts'

/** The job summary: verdict, findings with blockers first, what will change and how it is undone, tasks, digest. Pure. */
export function summary(outcome: PreflightOutcome, headline: string, digest: string): string {
  const { verdict, facts, plan, planNotes, compared, results, changes } = outcome
  const clear = verdict.verdict === 'clear'
  const parts = [
    `## ${clear ? '✅' : '❌'} preflight: ${headline.replaceAll('<', '&lt;')}`,
    clear ? clearWords(verdict) : 'Nothing was written anywhere. Mend the blockers and run preflight again.',
    ...findingsPart(verdict.findings, outcome.pages),
    ...notYetPart(results),
    ...(plan === undefined ? [] : planPart(plan, tableLoads(facts), planNotes)),
    ...(plan === undefined || compared === undefined ? [] : comparisonPart(compared, plan)),
    ...(plan === undefined || !clear
      ? []
      : [
          ...changesPart(changes, facts),
          ...runSheet(facts.migration, {
            tasks: plan.tasks.length,
            load: predictLoad(plan, tableLoads(facts)),
            writes: writesMeanwhile(writesPerSecond(tableLoads(facts)), predictLoad(plan, tableLoads(facts))),
          }),
        ]),
    ...lobsPart(facts),
    checksPart(results, outcome.pages),
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

/** A verdict that rests on waivers, or on a target that is not there yet, says so at once. */
function clearWords({ accepted, notYet }: Verdict): string {
  const but = [
    ...(accepted === 0
      ? []
      : [
          `${counted(accepted, 'finding')} that would need mending ${accepted === 1 ? 'is' : 'are'} accepted by waivers of the migration file`,
        ]),
    ...(notYet === 0 ? [] : [`${counted(notYet, 'check')} wait for the target to be made`]),
  ]
  return but.length === 0
    ? 'Every check was made and none blocks. Nothing was written anywhere.'
    : `None of the checks blocks. **But ${but.join(', and ')}.** Nothing was written anywhere.`
}

/** Sizes and writes of the tables, as far as they could be read. */
export function tableLoads({ source }: PreflightFacts): readonly TableLoad[] {
  return source.statistics.known ? source.statistics.value : []
}

function changesPart(changes: readonly DatabaseChange[], { migration, target }: PreflightFacts): string[] {
  const later = !target.catalogue.known && target.catalogue.notYet === true
  const rows = changes.map(({ side, title, undo }) => [side, title, undo])
  return [
    '### What will be changed, and how it is undone',
    table(
      ['where', 'what', 'undone'],
      [
        ...rows,
        ...(rows.length > 0 || later
          ? []
          : [['source, target', 'nothing more: both sides are prepared', '']]),
        ...(later
          ? [['source, target', 'control schema, markers and guard, once the target is there', 'by cleanup']]
          : []),
        ...strategyChanges(migration, later),
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
