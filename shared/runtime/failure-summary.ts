import { details, table } from '../report/markdown.ts'
import type { MigrationError } from './errors.ts'

/** The job summary of an action that could not go on: what, why, and what to do. Pure. */
export function failureSummary(action: string, error: MigrationError): string {
  const lines = [`## ❌ ${action}: ${escapeLine(error.message)}`, '']
  if (error.problems.length > 0) {
    lines.push(
      table(
        ['where', 'what', 'value', 'what to do'],
        error.problems.map((problem) => [
          problem.line === undefined ? problem.field : `${problem.field} (line ${problem.line})`,
          problem.message,
          problem.value ?? '',
          problem.remedy,
        ]),
      ),
    )
  } else if (error.remedy !== '') {
    lines.push(`**What to do:** ${escapeLine(error.remedy)}`)
  }
  for (const section of error.sections) lines.push('', section)
  if (error.cause instanceof Error) lines.push('', details('Cause', escapeLine(error.cause.message)))
  return `${lines.join('\n')}\n`
}

function escapeLine(text: string): string {
  return text.replaceAll('<', '&lt;')
}
