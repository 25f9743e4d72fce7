import type { z } from 'zod'
import { AwsError } from './aws-error.ts'
import type { RestXml } from './rest-xml.ts'

/** Who calls. `allow` absent means that everything is allowed. */
export interface Caller {
  readonly accessKeyId: string
  readonly allow?: readonly string[]
  /** The identity that STS reports. */
  readonly arn: string
  /** Whose resources it sees. */
  readonly account: string
}

export interface Operation {
  /** True where AWS would hold something different afterwards. */
  readonly mutating: boolean
  /** Returns the result's members; Date values are written as the protocol wants them. Throws AwsError. */
  run(input: unknown, caller: Caller): Promise<Record<string, unknown>>
}

export interface Service {
  readonly name:
    | 'dms'
    | 'rds'
    | 'cloudwatch'
    | 'secretsmanager'
    | 'ssm'
    | 'route53'
    | 'sts'
    | 'ec2'
    | 'kms'
    | 'ram'
    | 'sns'
  /** The service in the SigV4 credential scope. */
  readonly signingName: string
  /** The part of `x-amz-target` before the dot, for the JSON protocols. */
  readonly targetPrefix?: string
  /** For the Query protocol. */
  readonly query?: {
    readonly version: string
    readonly namespace: string
    /** EC2 speaks it in its own way: lists without wrappers in requests, as items in answers. */
    readonly flavour?: 'ec2'
  }
  /** For REST with JSON bodies: operations by method and path, such as `POST /listresources`. */
  readonly rest?: Readonly<Record<string, string>>
  /** For REST with XML bodies. */
  readonly restXml?: RestXml
  readonly operations: Readonly<Record<string, Operation>>
  /** Operations that are called without a signature. */
  readonly unsigned?: readonly string[]
}

function problem(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return `the emulator does not know ${issue.keys.map((key) => (path ? `${path}.${key}` : key)).join(', ')}`
  }
  return `${path || 'request'}: ${issue.message}`
}

/** An operation whose input is checked by `schema`; a parameter that the schema does not know is refused by name. */
export function operation<S extends z.ZodType>(
  schema: S,
  kind: 'reads' | 'changes',
  run: (input: z.output<S>, caller: Caller) => Record<string, unknown> | Promise<Record<string, unknown>>,
): Operation {
  return {
    mutating: kind === 'changes',
    async run(input, caller) {
      const parsed = schema.safeParse(input)
      if (!parsed.success) {
        throw new AwsError('ValidationException', parsed.error.issues.map(problem).join('; '))
      }
      return run(parsed.data, caller)
    },
  }
}
