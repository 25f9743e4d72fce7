import type { IncomingMessage } from 'node:http'
import { maskSecrets } from './call-log.ts'
import type { CallLog } from './call-log.ts'
import type { Accounts } from './accounts.ts'
import { newUuid } from './identity.ts'
import { AwsError } from './protocol/aws-error.ts'
import { authenticate, authorise } from './protocol/authorization.ts'
import { decodeRequest, readBody } from './protocol/decode-request.ts'
import type { ApiRequest } from './protocol/decode-request.ts'
import { encodeRefusal, encodeResult } from './protocol/encode-answer.ts'
import type { Answer } from './protocol/encode-answer.ts'
import type { Caller } from './protocol/service.ts'
import type { FaultPlan } from './faults.ts'
import { findCaller } from './sts/find-caller.ts'

/** The AWS side of the server: decodes, authenticates, lets faults strike, runs and logs every call. */
export class Api {
  readonly #accounts: Accounts
  readonly #faults: FaultPlan
  readonly #log: CallLog

  constructor(accounts: Accounts, faults: FaultPlan, log: CallLog) {
    this.#accounts = accounts
    this.#faults = faults
    this.#log = log
  }

  /** The answer to a request, or undefined where a fault cuts the connection. */
  async handle(message: IncomingMessage): Promise<Answer | undefined> {
    const started = Date.now()
    const requestId = newUuid()
    let request: ApiRequest | undefined
    let answer: Answer | undefined
    let failure: unknown
    try {
      request = decodeRequest(message, await readBody(message), this.#accounts.mainServices)
      answer = await this.#run(request, requestId)
    } catch (error) {
      failure = error
      answer = encodeRefusal(request, error, requestId)
    }
    const caller = request?.scope && findCaller(this.#accounts, request.scope.accessKeyId)
    this.#log.add({
      at: new Date(started).toISOString(),
      ms: Date.now() - started,
      service: request?.service.name ?? 'unknown',
      operation: request?.operation ?? 'unknown',
      accessKeyId: request?.scope?.accessKeyId ?? '',
      ...(caller && request?.scope ? { account: caller.account, region: request.scope.region } : {}),
      request: maskSecrets(request?.input ?? {}),
      status: answer?.status ?? 0,
      ...(failure === undefined
        ? {}
        : { error: failure instanceof AwsError ? failure.code : 'InternalFailure' }),
      mutating: request?.service.operations[request.operation]?.mutating ?? false,
    })
    return answer
  }

  async #run(request: ApiRequest, requestId: string): Promise<Answer | undefined> {
    const { service, operation: name, input, scope } = request
    const caller = service.unsigned?.includes(name)
      ? this.#anonymous()
      : authenticate(scope, service, (accessKeyId) => findCaller(this.#accounts, accessKeyId))
    const { operations } = await this.#accounts.service(service.name, caller.account, scope?.region)
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined
    if (!operation) {
      throw new AwsError(
        'UnknownOperationException',
        `The emulator does not implement ${service.name}:${name}`,
      )
    }
    authorise(caller, service, name)
    const throttling = ['query', 'rest-xml'].includes(request.protocol.kind)
      ? 'Throttling'
      : 'ThrottlingException'
    const cut = await this.#faults.beforeCall(name, JSON.stringify(input) ?? '', throttling)
    if (cut === 'before') return undefined
    const result = await operation.run(input, caller)
    return cut === 'after' ? undefined : encodeResult(request, result, requestId)
  }

  #anonymous(): Caller {
    const { account } = this.#accounts.main.config
    return { accessKeyId: '', arn: 'arn:aws:sts::000000000000:anonymous', account }
  }
}
