import { computeOfArn } from '../dms/compute.ts'
import { MigrationError } from '../runtime/errors.ts'

/**
 * The input task-arns: a JSON array, as create-task puts it out, or a list separated by commas, spaces or line breaks.
 * ARNs of replication configs (DMS Serverless) are tasks as well. Throws `invalid-input` for anything else, and where
 * both kinds are mixed: they are asked by different calls.
 */
export function parseTaskArns(text: string | undefined): readonly string[] {
  const trimmed = text?.trim() ?? ''
  if (trimmed === '') return []
  const arns = trimmed.startsWith('[') ? parseArray(trimmed) : trimmed.split(/[\s,]+/u)
  const problems = arns
    .filter(
      (arn) => !/^arn:aws[a-z-]*:dms:[a-z0-9-]+:\d{12}:(?:task|replication-config):[A-Za-z0-9-]+$/u.test(arn),
    )
    .map((value) => ({
      field: 'task-arns',
      value,
      message: `input task-arns holds something that is not the ARN of a replication task`,
      remedy:
        'Pass the output task-arns of create-task, or ARNs such as arn:aws:dms:eu-west-1:123456789012:task:ABC.',
    }))
  if (problems.length === 0 && new Set(arns.map(computeOfArn)).size > 1) {
    problems.push({
      field: 'task-arns',
      value: text ?? '',
      message: 'input task-arns mixes replication tasks and serverless replications',
      remedy: 'Wait for each kind in a step of its own.',
    })
  }
  const [first] = problems
  if (first !== undefined)
    throw new MigrationError('invalid-input', first.message, { remedy: first.remedy, problems })
  return [...new Set(arns)]
}

function parseArray(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value.map(String)
  } catch {
    // Falls through: the text is then reported as it is.
  }
  return [text]
}
