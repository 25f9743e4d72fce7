import { AwsError } from './aws-error.ts'
import { encodeJsonError, encodeJsonResult } from './aws-json.ts'
import { encodeQueryError, encodeQueryResult } from './aws-query.ts'
import type { ApiRequest } from './decode-request.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A result in the protocol of its request. */
export function encodeResult(
  request: ApiRequest,
  result: Record<string, unknown>,
  requestId: string,
): Answer {
  const { protocol, service } = request
  if (protocol.kind === 'json') {
    return {
      status: 200,
      headers: { 'content-type': protocol.contentType, 'x-amzn-requestid': requestId },
      body: encodeJsonResult(result),
    }
  }
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: encodeQueryResult(request.operation, service.query?.namespace ?? '', result, requestId),
  }
}

/** A refusal in the protocol of its request; of a request that could not be told, as JSON. */
export function encodeRefusal(request: ApiRequest | undefined, error: unknown, requestId: string): Answer {
  const refusal =
    error instanceof AwsError
      ? error
      : new AwsError(
          'InternalFailure',
          `the emulator is wrong: ${error instanceof Error ? error.message : String(error)}`,
          500,
        )
  if (request?.protocol.kind === 'query') {
    return {
      status: refusal.status,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
      body: encodeQueryError(queryCode(refusal), request.service.query?.namespace ?? '', requestId),
    }
  }
  const queryMode = request?.protocol.kind === 'json' && request.protocol.queryMode
  const blame = refusal.status >= 500 ? 'Receiver' : 'Sender'
  return {
    status: refusal.status,
    headers: {
      'content-type':
        request?.protocol.kind === 'json' ? request.protocol.contentType : 'application/x-amz-json-1.1',
      'x-amzn-requestid': requestId,
      ...(queryMode ? { 'x-amzn-query-error': `${refusal.code};${blame}` } : {}),
    },
    body: encodeJsonError(refusal),
  }
}

/** Errors that all operations share have other codes in the Query protocol. */
const queryCodes: Readonly<Record<string, string>> = {
  ValidationException: 'ValidationError',
  UnknownOperationException: 'InvalidAction',
  InvalidParameterValueException: 'InvalidParameterValue',
  InvalidParameterCombinationException: 'InvalidParameterCombination',
  ThrottlingException: 'Throttling',
}

function queryCode(error: AwsError): AwsError {
  return new AwsError(queryCodes[error.code] ?? error.code, error.message, error.status, error.members)
}
