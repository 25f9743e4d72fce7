import type { IncomingMessage } from 'node:http'
import { maskSecrets } from './call-log.ts'
import type { CallLog } from './call-log.ts'
import type { Emulator } from './emulator.ts'
import { newUuid } from './identity.ts'
import { AwsError } from './protocol/aws-error.ts'
import { authenticate, authorise } from './protocol/authorization.ts'
import { decodeRequest, readBody } from './protocol/decode-request.ts'
import type { ApiRequest } from './protocol/decode-request.ts'
import { encodeRefusal, encodeResult } from './protocol/encode-answer.ts'
import type { Answer } from './protocol/encode-answer.ts'
import type { Caller, Service } from './protocol/service.ts'
import { sessionArn } from './sts/service.ts'

/** The AWS side of the server: decodes, authenticates, lets faults strike, runs and logs every call. */
export class Api {
  readonly #emulator: Emulator
  readonly #services: readonly Service[]
  readonly #log: CallLog

  constructor(emulator: Emulator, services: readonly Service[], log: CallLog) {
    this.#emulator = emulator
    this.#services = services
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
      request = decodeRequest(message, await readBody(message), this.#services)
      answer = await this.#run(request, requestId)
    } catch (error) {
      failure = error
      answer = encodeRefusal(request, error, requestId)
    }
    this.#log.add({
      at: new Date(started).toISOString(),
      ms: Date.now() - started,
      service: request?.service.name ?? 'unknown',
      operation: request?.operation ?? 'unknown',
      accessKeyId: request?.scope?.accessKeyId ?? '',
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
    const { service, operation: name, input } = request
    const caller = service.unsigned?.includes(name)
      ? anonymous
      : authenticate(request.scope, service, (accessKeyId) => this.#findCaller(accessKeyId))
    const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined
    if (!operation) {
      throw new AwsError(
        'UnknownOperationException',
        `The emulator does not implement ${service.name}:${name}`,
      )
    }
    authorise(caller, service, name)
    const throttling = request.protocol.kind === 'query' ? 'Throttling' : 'ThrottlingException'
    const cut = await this.#emulator.faults.beforeCall(name, JSON.stringify(input) ?? '', throttling)
    if (cut === 'before') return undefined
    const result = await operation.run(input, caller)
    return cut === 'after' ? undefined : encodeResult(request, result, requestId)
  }

  #findCaller(accessKeyId: string): Caller | undefined {
    const { config, store } = this.#emulator
    const session = store.state.sessions.find((candidate) => candidate.accessKeyId === accessKeyId)
    if (session) {
      return {
        accessKeyId,
        arn: sessionArn(session.roleArn, session.sessionName),
        ...(session.allow ? { allow: session.allow } : {}),
      }
    }
    const arn = `arn:aws:iam::${config.account}:user/${accessKeyId}`
    if (!config.credentials) return { accessKeyId, arn }
    const known = config.credentials.find((candidate) => candidate.accessKeyId === accessKeyId)
    return known && { accessKeyId, arn, ...(known.allow ? { allow: known.allow } : {}) }
  }
}

const anonymous: Caller = { accessKeyId: '', arn: 'arn:aws:sts::000000000000:anonymous' }
