import type { ComparisonProgress, TableComparison } from '../../shared/comparison/comparison.ts'
import type { Outcome } from '../../shared/runtime/run-action.ts'
import { fitSummary } from '../../shared/report/fit-summary.ts'
import { details, escapeCell, table } from '../../shared/report/markdown.ts'
import type { Assessment, ObjectsSeen } from './assess.ts'
import type { ChosenTables, LeftTable } from './choose-tables.ts'
import { objectParts } from './report-objects.ts'
import { rowParts } from './report-rows.ts'

/** What proves that a change had its time to arrive: markers through every task, or nothing but time. */
export type Proof = 'markers' | { readonly settleMs: number }

/** What is known before the rows are. */
export interface ReportFacts {
  /** Undefined with the two URLs alone. */
  readonly comparison: { readonly id: string; readonly resumed: boolean } | undefined
  readonly proof: Proof
  readonly masked: boolean
  readonly objects: ObjectsSeen
  readonly left: readonly LeftTable[]
}

/** The outcome of a comparison that came to its end. Anything but equal fails the step. Pure. */
export function report(
  facts: ReportFacts & { readonly tables: readonly TableComparison[]; readonly assessment: Assessment },
): Outcome {
  const { tables, left, assessment, objects } = facts
  const { state } = assessment
  const headline = headlineOf(facts)
  return {
    headline,
    failed: state !== 'equal',
    outputs: outputsOf(facts, state, assessment.differingRows + assessment.differingObjects, {
      tables: attentionList(tables, left),
      compared: comparedCount(tables),
      rows: totalRows(tables),
      differingRows: assessment.differingRows,
      allRowsCounted: assessment.allRowsCounted,
      objects:
        objects.kind === 'compared'
          ? {
              differences: objects.parity.differences.length,
              expected: objects.parity.expected.length,
              minor: objects.parity.minor.length,
              unjudged: objects.parity.unjudged.length,
            }
          : objects.kind,
      unverified: assessment.unverified.slice(0, 100),
    }),
    summary: fitSummary([
      `## ${state === 'equal' ? '✅' : '❌'} verify-data: ${escapeCell(headline)}`,
      proofLine(facts.proof),
      ...rowParts(tables, left),
      ...unverifiedPart(assessment.unverified),
      ...objectParts(objects),
      `**Next:** ${next(facts)}`,
    ]),
  }
}

/** The outcome of a run that `max-wait` ended: neither good nor bad, to be gone on with. Pure. */
export function stillRunningReport(
  progress: ComparisonProgress | undefined,
  facts: ReportFacts,
  because?: string,
): Outcome {
  const [done, all] = [progress?.tables.done ?? 0, progress?.tables.all ?? 0]
  const differences = progress?.differences ?? 0
  const headline =
    because === undefined
      ? `not finished: ${done} of ${all} tables compared, ${differences === 0 ? 'no difference so far' : `${differences} differences so far`}`
      : `not begun: ${because}`
  const again =
    because !== undefined
      ? 'let the other run end, then run this action again.'
      : facts.comparison === undefined
        ? 'give it a longer `max-wait`, or fewer `tables`: without a migration file nothing is kept, and another run begins anew.'
        : 'run this action again with the same inputs; what was found equal is kept, and it goes on from there.'
  return {
    headline,
    outputs: outputsOf(
      facts,
      'still-running',
      differences,
      {
        compared: done,
        tables: [],
        rows: String(progress?.rows ?? 0n),
      },
      done,
    ),
    summary: fitSummary([
      `## ⏳ verify-data: ${headline}`,
      proofLine(facts.proof),
      ...objectParts(facts.objects),
      `**Next:** ${again}`,
    ]),
  }
}

/** What a run would do. Pure. */
export function plannedReport(
  { compared, left }: ChosenTables,
  { proof, objects }: { readonly proof: Proof; readonly objects: boolean },
): Outcome {
  const headline = `dry run: ${compared.length} tables would be compared${objects ? ', and every object' : ''}; nothing was read or written`
  const facts: ReportFacts = {
    comparison: undefined,
    proof,
    masked: true,
    objects: { kind: 'not-asked' },
    left,
  }
  return {
    headline,
    outputs: outputsOf(facts, 'planned', 0, { compared: 0, tables: [], rows: '0' }),
    summary: fitSummary([
      `## ℹ️ verify-data: ${headline}`,
      proofLine(proof),
      details(
        `${compared.length} tables`,
        table(
          ['table', 'how', 'columns not compared bit by bit'],
          compared.map(({ source, key, columns, skip }) => [
            `${source.schema}.${source.table}`,
            skip ?? (key === undefined ? 'as a multiset of rows: it has no key' : `by ${key.join(', ')}`),
            columns
              .flatMap(({ name, rule }) => (rule.kind === 'as-is' ? [] : [`${name} (${rule.reason})`]))
              .join(', '),
          ]),
          1000,
        ),
      ),
      ...(left.length === 0
        ? []
        : [
            details(
              `${left.length} tables left out`,
              table(
                ['table', 'why'],
                left.map(({ schema, table: name, reason }) => [`${schema}.${name}`, reason]),
                1000,
              ),
            ),
          ]),
      '**Next:** run without `dry-run`.',
    ]),
  }
}

function headlineOf({ tables, assessment, objects, left, proof }: Parameters<typeof report>[0]): string {
  const { state, differingRows, differingObjects, allRowsCounted, unverified } = assessment
  const byTime = proof === 'markers' ? '' : ' (proof by time only)'
  if (state === 'could-not-verify')
    return `could not verify: ${unverified[0] ?? ''}${unverified.length > 1 ? `; and ${unverified.length - 1} more` : ''}${byTime}`
  if (state === 'equal') {
    const skipped = left.length === 0 ? '' : `, ${left.length} tables left out`
    const columns = leftOutColumns(tables)
    const without = columns === 0 ? '' : `, ${columns} ${columns === 1 ? 'column' : 'columns'} not compared`
    const meant = objects.kind === 'compared' ? objects.parity.expected.length : 0
    const but = meant === 0 ? '' : ` but for ${meant} differences that are meant for now`
    const also = objects.kind === 'compared' ? `; the objects are the same${but}` : ''
    return `equal: ${totalRows(tables)} rows in ${comparedCount(tables)} tables${skipped}${without}${also}${byTime}`
  }
  const named = tables
    .filter(({ kind }) => kind === 'different')
    .map(({ table: { source } }) => `${source.schema}.${source.table}`)
  const rows =
    differingRows === 0
      ? []
      : [
          `${allRowsCounted ? '' : 'at least '}${differingRows} ${differingRows === 1 ? 'row' : 'rows'} in ${named.slice(0, 3).join(', ')}${named.length > 3 ? ` and ${named.length - 3} more tables` : ''}`,
        ]
  const others =
    differingObjects === 0 ? [] : [`${differingObjects} ${differingObjects === 1 ? 'object' : 'objects'}`]
  return `different: ${[...rows, ...others].join(', ')}${byTime}`
}

function proofLine(proof: Proof): string {
  return proof === 'markers'
    ? 'A difference counts only if it was still there after a marker, written later, had come through every replication task.'
    : `**Proof by time only.** Without a migration file there are no markers: a difference counts if it was still there ${proof.settleMs / 1000} s later. Replication that lags further behind makes false differences, and equal says nothing of what is still under way.`
}

function unverifiedPart(unverified: readonly string[]): string[] {
  if (unverified.length === 0) return []
  return [
    '### Could not verify',
    table(
      ['what', ''],
      unverified.map((line) => [line, '']),
      50,
    ),
  ]
}

function next({ assessment, masked, comparison, objects }: Parameters<typeof report>[0]): string {
  const { state, differingRows } = assessment
  if (state === 'equal')
    return comparison === undefined
      ? 'nothing to do.'
      : 'go on; wait-cdc-sync shows the reviewer this comparison beside its evidence.'
  const steps = [
    ...(differingRows === 0
      ? []
      : [
          `Look at the rows by their keys on both sides${masked ? ' (or run with `mask: false` where those who read the summary may see values)' : ''}; reload the table in DMS, or repair the rows.`,
        ]),
    ...(objects.kind === 'compared' && objects.parity.differences.length > 0
      ? [
          'Make the objects alike (`pg_dump --schema-only` of the source has the statements), or accept them under `verify.accept-objects` with a reason.',
        ]
      : []),
    ...(state === 'could-not-verify'
      ? [
          'Look at why it could not be verified: rows that change without pause settle in a calmer hour; a marker that does not arrive is for wait-cdc-sync; a table that cannot be compared is left out under `verify.exclude` with a reason.',
        ]
      : []),
    'Then run this again.',
  ]
  return steps.join(' ')
}

function outputsOf(
  { comparison, proof, left }: ReportFacts,
  state: string,
  differences: number,
  result: Readonly<Record<string, unknown>> & { readonly compared?: number },
  compared = result.compared ?? 0,
): Record<string, string> {
  const skipped = left.filter(({ found }) => found !== 'different').length
  const id = comparison?.id
  const outputs = {
    state,
    differences: String(differences),
    'tables-compared': String(compared),
    'tables-skipped': String(skipped),
    'comparison-id': id ?? '',
    result: JSON.stringify({
      state,
      differences,
      comparison: id ?? null,
      proof: proof === 'markers' ? 'markers' : 'time',
      skipped,
      ...result,
    }),
  }
  return outputs
}

/** Tables that are not equal, by name; those that are would make the output long without saying anything. */
function attentionList(
  tables: readonly TableComparison[],
  left: readonly LeftTable[],
): Readonly<Record<string, string | number>>[] {
  return [
    ...tables
      .filter(({ kind }) => kind !== 'equal')
      .map(({ table: { source }, kind, differencesFound }) => ({
        table: `${source.schema}.${source.table}`,
        verdict: kind,
        differences: differencesFound,
      })),
    ...left
      .filter(({ found }) => found !== 'skipped')
      .map(({ schema, table: name, found }) => ({
        table: `${schema}.${name}`,
        verdict: found,
        differences: 0,
      })),
  ].slice(0, 500)
}

function comparedCount(tables: readonly TableComparison[]): number {
  return tables.filter(({ kind }) => kind === 'equal' || kind === 'different').length
}

/** Columns that were not compared, of tables that were; why is in the coverage. */
function leftOutColumns(tables: readonly TableComparison[]): number {
  return tables
    .filter(({ kind }) => kind !== 'skipped')
    .reduce((sum, { coverage }) => sum + coverage.filter(({ compared }) => !compared).length, 0)
}

function totalRows(tables: readonly TableComparison[]): string {
  return tables.reduce((sum, { rows }) => sum + BigInt(rows.source), 0n).toString()
}
