import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { newSessionKey, newUuid } from '../identity.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { operation } from '../protocol/service.ts'
import type { Service } from '../protocol/service.ts'
import { flexibleNumber } from '../protocol/query-values.ts'

const roleInput = {
  RoleArn: z.string(),
  RoleSessionName: z.string().regex(/^[\w+=,.@-]{2,64}$/),
  DurationSeconds: flexibleNumber.optional(),
  Policy: z.string().optional(),
}

function assume(
  emulator: Emulator,
  input: { RoleArn: string; RoleSessionName: string; DurationSeconds?: number | undefined },
): Record<string, unknown> {
  const match = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(input.RoleArn)
  // The roles of the account that the role is in, and those that the main account's configuration adds.
  const { accounts } = emulator
  const lists = accounts
    .ofAccount(match?.[1] ?? '')
    .concat(accounts.main)
    .flatMap(({ config }) => (config.roles ? [config.roles] : []))
  const role = lists.flat().find(({ arn }) => arn === input.RoleArn)
  if (!match || accounts.ofAccount(match[1] ?? '').length === 0 || (lists.length > 0 && !role)) {
    throw new AwsError('AccessDenied', `Not authorized to assume the role ${input.RoleArn}`, 403)
  }
  const accessKeyId = newSessionKey()
  accounts.main.store.state.sessions.push({
    accessKeyId,
    roleArn: input.RoleArn,
    sessionName: input.RoleSessionName,
    ...(role?.allow ? { allow: role.allow } : {}),
  })
  accounts.main.store.save()
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: newUuid(),
      SessionToken: newUuid(),
      Expiration: new Date(Date.now() + (input.DurationSeconds ?? 3600) * 1000),
    },
    AssumedRoleUser: {
      AssumedRoleId: `AROAEMULATED:${input.RoleSessionName}`,
      Arn: sessionArn(input.RoleArn, input.RoleSessionName),
    },
    PackedPolicySize: 0,
  }
}

/** The identity of a session of a role. */
export function sessionArn(roleArn: string, sessionName: string): string {
  const account = roleArn.split(':')[4] ?? ''
  return `arn:aws:sts::${account}:assumed-role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}/${sessionName}`
}

/** Sessions never expire here. A web identity token is taken as it is: nothing verifies its signature. */
export function stsService(emulator: Emulator): Service {
  return {
    name: 'sts',
    signingName: 'sts',
    query: { version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
    unsigned: ['AssumeRoleWithWebIdentity'],
    operations: {
      GetCallerIdentity: operation(z.strictObject({}), 'reads', (_input, caller) => ({
        UserId: caller.accessKeyId,
        Account: caller.arn.split(':')[4],
        Arn: caller.arn,
      })),
      AssumeRole: operation(
        z.strictObject({ ...roleInput, ExternalId: z.string().optional() }),
        'reads',
        (input) => assume(emulator, input),
      ),
      AssumeRoleWithWebIdentity: operation(
        z.strictObject({
          ...roleInput,
          WebIdentityToken: z.string().min(1),
          ProviderId: z.string().optional(),
        }),
        'reads',
        (input) => ({ ...assume(emulator, input), Provider: 'emulated' }),
      ),
    },
  }
}
