import { gunzipSync } from 'node:zlib'
import type { IncomingMessage } from 'node:http'
import { AwsError } from './aws-error.ts'
import { decodeJson } from './aws-json.ts'
import { decodeQuery } from './aws-query.ts'
import { readCredentialScope } from './authorization.ts'
import type { CredentialScope } from './authorization.ts'
import { decodeXml } from './rest-xml.ts'
import type { Service } from './service.ts'

/** One API call, whatever protocol it came in. */
export interface ApiRequest {
  readonly service: Service
  readonly operation: string
  readonly input: unknown
  readonly scope: CredentialScope | undefined
  /** JSON answers carry the version that the request spoke. */
  readonly protocol:
    | { kind: 'json'; contentType: string; queryMode: boolean }
    | { kind: 'query' }
    | { kind: 'rest' }
    | { kind: 'rest-xml' }
}

const largestBody = 16 * 2 ** 20

/** The whole body, gunzipped where `content-encoding` says so. Throws AwsError. */
export async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody) throw new AwsError('RequestEntityTooLarge', 'The request is too large.', 413)
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  if (message.headers['content-encoding'] !== 'gzip') return body.toString('utf8')
  try {
    return gunzipSync(body, { maxOutputLength: largestBody }).toString('utf8')
  } catch {
    throw new AwsError('SerializationException', 'The body says gzip but is not.')
  }
}

function decodeTarget(
  message: IncomingMessage,
  target: string,
  body: string,
  services: readonly Service[],
): ApiRequest {
  const [prefix, operation = ''] = target.split('.')
  const service = services.find(({ targetPrefix }) => targetPrefix === prefix)
  if (!service)
    throw new AwsError('UnknownOperationException', `The emulator does not know the service of ${target}`)
  return {
    service,
    operation,
    input: parseJson(body),
    scope: readCredentialScope(message.headers.authorization),
    protocol: {
      kind: 'json',
      contentType: /x-amz-json-1\.0/.test(message.headers['content-type'] ?? '')
        ? 'application/x-amz-json-1.0'
        : 'application/x-amz-json-1.1',
      queryMode: message.headers['x-amzn-query-mode'] === 'true',
    },
  }
}

/** Parameters come in the body, those of a DELETE in the URL. */
function decodeRest(
  message: IncomingMessage,
  service: Service,
  scope: CredentialScope | undefined,
  body: string,
): ApiRequest {
  const url = new URL(message.url ?? '/', 'http://localhost')
  const operation = service.rest?.[`${message.method} ${url.pathname}`]
  if (operation === undefined) {
    throw new AwsError(
      'UnknownOperationException',
      `The emulator does not implement ${service.name} ${message.method} ${url.pathname}`,
    )
  }
  const inUrl = Object.fromEntries(url.searchParams)
  return {
    service,
    operation,
    input: body === '' ? inUrl : { ...inUrl, ...parseJson(body) },
    scope,
    protocol: { kind: 'rest' },
  }
}

/** Parameters come in the path, in the URL and in the body. */
function decodeRestXml(
  message: IncomingMessage,
  service: Service,
  scope: CredentialScope | undefined,
  body: string,
): ApiRequest {
  const url = new URL(message.url ?? '/', 'http://localhost')
  const routed = service.restXml?.route(message.method ?? '', url.pathname)
  if (service.restXml === undefined || routed === undefined)
    throw new AwsError(
      'UnknownOperationException',
      `The emulator does not implement ${service.name} ${message.method} ${url.pathname}`,
    )
  const inUrl = Object.fromEntries(url.searchParams)
  const inBody = body === '' ? {} : decodeXml(body, service.restXml)
  return {
    service,
    operation: routed.operation,
    input: { ...inUrl, ...inBody, ...routed.input },
    scope,
    protocol: { kind: 'rest-xml' },
  }
}

function parseJson(body: string): Record<string, unknown> {
  try {
    return decodeJson(body) as Record<string, unknown>
  } catch {
    throw new AwsError('SerializationException', 'The body is no JSON.')
  }
}

/** Finds service, operation and input of a request. Throws AwsError where it is none that the emulator knows. */
export function decodeRequest(
  message: IncomingMessage,
  body: string,
  services: readonly Service[],
): ApiRequest {
  const target = message.headers['x-amz-target']
  if (typeof target === 'string') return decodeTarget(message, target, body, services)
  if (message.headers['smithy-protocol'] === 'rpc-v2-cbor') {
    throw new AwsError('UnknownOperationException', 'The emulator does not speak Smithy RPC v2 CBOR.', 415)
  }
  const scope = readCredentialScope(message.headers.authorization)
  const rest = services.find((service) => service.rest && service.signingName === scope?.signingName)
  if (rest) return decodeRest(message, rest, scope, body)
  const restXml = services.find((service) => service.restXml && service.signingName === scope?.signingName)
  if (restXml) return decodeRestXml(message, restXml, scope, body)
  const parameters = new URLSearchParams(body || new URL(message.url ?? '/', 'http://localhost').search)
  const operation = parameters.get('Action')
  if (operation === null) {
    throw new AwsError('UnknownOperationException', 'Neither an x-amz-target header nor an Action parameter.')
  }
  const spoken = services.filter((service) => service.query)
  const service =
    spoken.find(({ signingName }) => signingName === scope?.signingName) ??
    spoken.find(({ query }) => query?.version === parameters.get('Version'))
  if (!service)
    throw new AwsError('InvalidAction', `The emulator does not know the service of the action ${operation}.`)
  return {
    service,
    operation,
    input: decodeQuery(parameters, service.query?.flavour),
    scope,
    protocol: { kind: 'query' },
  }
}
