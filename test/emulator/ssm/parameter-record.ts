import { z } from 'zod'

export const parameterType = z.enum(['String', 'StringList', 'SecureString'])
export const parameterTier = z.enum(['Standard', 'Advanced'])

/** A parameter that an account has before the first call; a text alone is a `String`. */
export const configuredParameter = z.union([
  z.string(),
  z.strictObject({
    value: z.string(),
    type: parameterType.default('String'),
    tier: parameterTier.default('Standard'),
    keyId: z.string().optional(),
    allowedPattern: z.string().optional(),
    description: z.string().optional(),
  }),
])

/** One version of a parameter with what was said of it. */
export interface ParameterVersion {
  value: string
  version: number
  type: z.output<typeof parameterType>
  tier: z.output<typeof parameterTier>
  keyId?: string | undefined
  allowedPattern?: string | undefined
  description?: string | undefined
  dataType: string
  changedAt: string
}

/** A parameter of SSM; the last version is the current one. */
export interface ParameterRecord {
  name: string
  versions: ParameterVersion[]
}

/** The key that SSM takes for a SecureString which names none (API reference, PutParameter). */
export const defaultKey = 'alias/aws/ssm'

/** What an account begins with. */
export function newParameter(name: string, given: z.output<typeof configuredParameter>): ParameterRecord {
  const { value, type, tier, ...rest } =
    typeof given === 'string'
      ? { value: given, type: 'String' as const, tier: 'Standard' as const }
      : { ...given, ...(given.type === 'SecureString' ? { keyId: given.keyId ?? defaultKey } : {}) }
  return {
    name,
    versions: [
      { value, version: 1, type, tier, ...rest, dataType: 'text', changedAt: new Date().toISOString() },
    ],
  }
}
