import { z } from 'zod'
import { invalidCombination, invalidValue } from '../protocol/aws-error.ts'
import { ASSESSMENT_CHECKS } from '../replication/replication-job.ts'
import type { MigrationType } from '../replication/replication-job.ts'
import { tagsSchema } from './tags.ts'

export const startRunInput = z.strictObject({
  ReplicationTaskArn: z.string(),
  ServiceAccessRoleArn: z.string(),
  ResultLocationBucket: z.string(),
  ResultLocationFolder: z.string().optional(),
  ResultEncryptionMode: z.enum(['SSE_S3', 'SSE_KMS']).optional(),
  ResultKmsKeyArn: z.string().optional(),
  AssessmentRunName: z.string(),
  IncludeOnly: z.array(z.string()).optional(),
  Exclude: z.array(z.string()).optional(),
  Tags: tagsSchema,
})

/** The individual assessments that fit a migration type, or all of them. */
export function applicableNames(type: MigrationType | undefined): string[] {
  return ASSESSMENT_CHECKS.filter(({ types }) => type === undefined || types.includes(type)).map(
    ({ name }) => name,
  )
}

/** The assessments that a run is to make. Throws for names that do not apply. */
export function chosenNames(
  type: MigrationType,
  input: Pick<z.output<typeof startRunInput>, 'IncludeOnly' | 'Exclude'>,
): string[] {
  if (input.IncludeOnly !== undefined && input.Exclude !== undefined) {
    throw invalidCombination('IncludeOnly and Exclude cannot both be specified.')
  }
  const applicable = applicableNames(type)
  const stranger = [...(input.IncludeOnly ?? []), ...(input.Exclude ?? [])].find(
    (name) => !applicable.includes(name),
  )
  if (stranger !== undefined) {
    throw invalidValue(`The individual assessment ${stranger} does not apply to the replication task.`)
  }
  const chosen = applicable.filter((name) =>
    input.IncludeOnly ? input.IncludeOnly.includes(name) : !input.Exclude?.includes(name),
  )
  if (chosen.length === 0) throw invalidValue('No individual assessment is left to run.')
  return chosen
}

/** Refuses a role or a name that cannot be one; whether role and bucket exist the emulator does not know. */
export function demandRunParameters(input: z.output<typeof startRunInput>): void {
  if (!/^arn:aws:iam::\d{12}:role\/.+$/.test(input.ServiceAccessRoleArn)) {
    throw invalidValue('The parameter ServiceAccessRoleArn must be the ARN of a role.')
  }
  for (const name of ['ResultLocationBucket', 'AssessmentRunName'] as const) {
    if (input[name].trim() === '') throw invalidValue(`The parameter ${name} must not be empty.`)
  }
  if (input.ResultKmsKeyArn !== undefined && input.ResultEncryptionMode !== 'SSE_KMS') {
    throw invalidCombination('ResultKmsKeyArn is valid only with the ResultEncryptionMode SSE_KMS.')
  }
}
