import { AwsError } from './aws-error.ts'
import { encodeJsonError, encodeJsonResult } from './aws-json.ts'
import { encodeEc2Error, encodeEc2Result, encodeQueryError, encodeQueryResult } from './aws-query.ts'
import type { ApiRequest } from './decode-request.ts'
import { encodeXmlResult } from './rest-xml.ts'

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
  if (protocol.kind === 'rest-xml' && service.restXml) {
    return {
      status: 200,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
      body: encodeXmlResult(request.operation, result, service.restXml),
    }
  }
  if (protocol.kind !== 'query') {
    const contentType = protocol.kind === 'json' ? protocol.contentType : 'application/json'
    return {
      status: 200,
      headers: { 'content-type': contentType, 'x-amzn-requestid': requestId },
      body: encodeJsonResult(result),
    }
  }
  const encode = service.query?.flavour === 'ec2' ? encodeEc2Result : encodeQueryResult
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: encode(request.operation, service.query?.namespace ?? '', result, requestId),
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
    const { query } = request.service
    const error = queryCode(refusal)
    return {
      status: refusal.status,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
      body:
        query?.flavour === 'ec2'
          ? encodeEc2Error(error, requestId)
          : encodeQueryError(error, query?.namespace ?? '', requestId),
    }
  }
  if (request?.protocol.kind === 'rest-xml') {
    return {
      status: refusal.status,
      headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
      body: encodeQueryError(xmlCode(refusal), request.service.restXml?.namespace ?? '', requestId),
    }
  }
  if (request?.protocol.kind === 'rest') {
    return {
      status: refusal.status,
      headers: {
        'content-type': 'application/json',
        'x-amzn-requestid': requestId,
        'x-amzn-errortype': refusal.code,
      },
      body: JSON.stringify({ message: refusal.message }),
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

/** Likewise in Route 53's. */
function xmlCode(error: AwsError): AwsError {
  const code = error.code === 'ValidationException' ? 'InvalidInput' : queryCode(error).code
  return new AwsError(code, error.message, error.status, error.members)
}

function queryCode(error: AwsError): AwsError {
  return new AwsError(queryCodes[error.code] ?? error.code, error.message, error.status, error.members)
}
