import type { ObjectParity } from '../../shared/parity/judge-parity.ts'
import type { ParityDifference } from '../../shared/parity/parity-item.ts'
import { details, table } from '../../shared/report/markdown.ts'
import type { ObjectsSeen } from './assess.ts'

/** Objects, in the summary: what needs a look unfolded, the others folded. Pure. */
export function objectParts(objects: ObjectsSeen): string[] {
  if (objects.kind === 'not-asked') return ['Objects were not compared, as asked.']
  if (objects.kind === 'unknown') return [`**Objects could not be verified:** ${oneLine(objects.reason)}`]
  const { counts, differences, expected, minor, unjudged, sequences } = objects.parity
  return [
    ...(differences.length === 0 ? [] : ['### Objects that differ', differenceTable(differences, 100)]),
    ...expectedPart(expected),
    ...(unjudged.length === 0
      ? []
      : [
          details(
            `Objects: ${unjudged.length} definitions that the two versions of PostgreSQL write otherwise`,
            `Columns and names are the same. Whether the texts mean the same, only a look at both tells.\n\n${differenceTable(unjudged, 100)}`,
          ),
        ]),
    ...(minor.length === 0
      ? []
      : [
          details(
            `Objects: ${minor.length} differences of little weight (comments, options, what only the target has)`,
            differenceTable(minor, 300),
          ),
        ]),
    details(
      `Objects: ${sum(counts)} compared`,
      [
        table(
          ['kind', 'source', 'target'],
          counts.map(({ kind, source, target }) => [kind, String(source), String(target)]),
        ),
        sequenceLine(sequences),
        'Not compared: settings of roles and databases, casts, operators, foreign servers, large objects.',
      ].join('\n\n'),
    ),
  ]
}

/** By reason: one reason may hold for hundreds of objects. */
function expectedPart(expected: ObjectParity['expected']): string[] {
  if (expected.length === 0) return []
  const reasons = Map.groupBy(expected, ({ why }) => why)
  const text = [...reasons.entries()].map(([why, ones]) =>
    [`${ones.length} × ${oneLine(why)}:`, differenceTable(ones, 50)].join('\n\n'),
  )
  return [details(`Objects: ${expected.length} differences that are meant for now`, text.join('\n\n'))]
}

function differenceTable(differences: readonly ParityDifference[], most: number): string {
  return table(
    ['kind', 'object', 'what', 'source', 'target'],
    differences.map(({ kind, name, how, source, target }) => [
      kind,
      name,
      saidHow[how],
      cut(source),
      cut(target),
    ]),
    most,
  )
}

const saidHow: Readonly<Record<ParityDifference['how'], string>> = {
  missing: 'missing on the target',
  surplus: 'only on the target',
  different: 'differs',
}

function sequenceLine({ all, behind }: ObjectParity['sequences']): string {
  if (all === 0) return 'There are no sequences.'
  if (behind.length === 0) return `All ${all} sequences of the target are at or past the source’s.`
  return `${behind.length} of ${all} sequences are behind the source’s: DMS does not carry them; the cutover sets them (sync-sequences does it before).`
}

function sum(counts: ObjectParity['counts']): number {
  return counts.reduce((total, { source }) => total + source, 0)
}

function cut(text: string | null): string {
  const line = (text ?? '').replaceAll(/\s+/gu, ' ')
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').replaceAll('<', '&lt;')
}
