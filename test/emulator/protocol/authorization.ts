import { AwsError } from './aws-error.ts'
import type { Caller, Service } from './service.ts'

/** What the Authorization header says: AWS4-HMAC-SHA256 Credential=KEY/date/region/service/aws4_request, … */
export interface CredentialScope {
  readonly accessKeyId: string
  readonly region: string
  readonly signingName: string
}

/** Undefined where the request carries no SigV4 Authorization header. */
export function readCredentialScope(header: string | undefined): CredentialScope | undefined {
  const match = /^AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(
    header ?? '',
  )
  const [, accessKeyId, region, signingName] = match ?? []
  return accessKeyId && region && signingName ? { accessKeyId, region, signingName } : undefined
}

const keyShape = /^[A-Z0-9]{16,128}$/

/** Finds the caller of a signed request; the signature itself is not computed again. Throws AwsError. */
export function authenticate(
  scope: CredentialScope | undefined,
  service: Service,
  findCaller: (accessKeyId: string) => Caller | undefined,
): Caller {
  if (!scope) throw new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403)
  if (scope.signingName !== service.signingName) {
    const message = `Credential should be scoped to correct service: '${service.signingName}'.`
    throw service.query || service.restXml
      ? new AwsError('SignatureDoesNotMatch', message, 403)
      : new AwsError('InvalidSignatureException', message)
  }
  const caller = keyShape.test(scope.accessKeyId) ? findCaller(scope.accessKeyId) : undefined
  if (caller) return caller
  const message = 'The security token included in the request is invalid.'
  throw service.query || service.restXml
    ? new AwsError('InvalidClientTokenId', message, 403)
    : new AwsError('UnrecognizedClientException', message)
}

/** Whether a policy's pattern, such as `kms:*`, covers an action. */
export function matches(pattern: string, action: string): boolean {
  const expression = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*')
  return new RegExp(`^${expression}$`, 'i').test(action)
}

/** Throws AccessDenied in the service's own code where the caller's policy lacks the action. */
export function authorise(caller: Caller, service: Service, operation: string): void {
  const action = `${service.name}:${operation}`
  if (!caller.allow || action === 'sts:GetCallerIdentity') return
  if (caller.allow.some((pattern) => matches(pattern, action))) return
  const message = `User: ${caller.arn} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`
  if (service.query?.flavour === 'ec2') {
    throw new AwsError(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. ${message}`,
      403,
    )
  }
  throw service.restXml || (service.query && !service.targetPrefix)
    ? new AwsError('AccessDenied', message, 403)
    : new AwsError('AccessDeniedException', message)
}
