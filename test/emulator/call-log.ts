import { appendFileSync, existsSync, readFileSync } from 'node:fs'

/** One API call as the log keeps it. */
export interface EmulatorCall {
  /** ISO 8601, when the call arrived. */
  at: string
  /** How long it took, in milliseconds. */
  ms: number
  service: string
  operation: string
  accessKeyId: string
  /** The account and region whose resources were asked for; absent where the caller could not be told. */
  account?: string
  region?: string
  /** The input with every secret replaced by `***`. */
  request: unknown
  /** HTTP status; 0 where the connection was cut. */
  status: number
  error?: string
  /** True for operations that change something in AWS. */
  mutating: boolean
}

const secretName =
  /password|secretstring|secretbinary|token|secretaccesskey|certificatepem|certificatewallet/i
const secretAttribute = /\b(password|secret)=[^;]*/gi

/** A copy without secret values; names stay. */
export function maskSecrets(value: unknown, name = ''): unknown {
  if (typeof value === 'string')
    return secretName.test(name) ? '***' : value.replace(secretAttribute, '$1=***')
  if (Array.isArray(value)) return value.map((entry) => maskSecrets(entry, name))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskSecrets(member, key)]))
  }
  return value
}

/** All calls since the state folder was made, one JSON line each. */
export class CallLog {
  readonly #file: string
  readonly #calls: EmulatorCall[]

  constructor(file: string) {
    this.#file = file
    this.#calls = existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line.endsWith('}'))
          .map((line) => JSON.parse(line) as EmulatorCall)
      : []
  }

  add(call: EmulatorCall): void {
    this.#calls.push(call)
    appendFileSync(this.#file, `${JSON.stringify(call)}\n`)
  }

  all(): readonly EmulatorCall[] {
    return this.#calls
  }
}
