import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { operation } from '../protocol/service.ts'
import type { Service } from '../protocol/service.ts'
import { describeInvitation, describeShare } from './describe-share.ts'
import { readOperations } from './read-operations.ts'
import { foreignShares, newShare } from './shares.ts'
import type { ShareRecord } from './shares.ts'

const names = z.array(z.string())

const createInput = z.strictObject({
  name: z.string(),
  resourceArns: names.optional(),
  principals: names.optional(),
  allowExternalPrincipals: z.boolean().optional(),
  tags: z.array(z.strictObject({ key: z.string(), value: z.string() })).optional(),
  clientToken: z.string().optional(),
})

function create(emulator: Emulator, input: z.output<typeof createInput>): ShareRecord {
  const { clusters } = emulator.store.state.rds
  for (const arn of input.resourceArns ?? []) {
    if (!arn.startsWith('arn:')) {
      throw new AwsError('MalformedArnException', `The specified resource ARN ${arn} is not valid.`)
    }
    if (!clusters.some(({ identifier }) => emulator.arn('rds', `cluster:${identifier}`) === arn)) {
      throw new AwsError('UnknownResourceException', `Resource ${arn} could not be found.`)
    }
  }
  for (const principal of input.principals ?? []) {
    if (!/^\d{12}$/.test(principal)) {
      throw new AwsError(
        'InvalidParameterException',
        `Principal ID ${principal} is malformed. Verify the ID and try again.`,
      )
    }
  }
  const share = newShare((service, resource) => emulator.arn(service, resource), {
    name: input.name,
    resources: input.resourceArns ?? [],
    principals: input.principals ?? [],
    accepted: false,
  })
  for (const { key, value } of input.tags ?? []) share.tags[key] = value
  emulator.store.state.shares.push(share)
  emulator.store.save()
  return share
}

function answerInvitation(
  emulator: Emulator,
  arn: string,
  status: 'ACCEPTED' | 'REJECTED',
): Record<string, unknown> {
  const found = foreignShares(emulator).find(({ invitation }) => invitation.arn === arn)
  if (!found) {
    throw new AwsError(
      'ResourceShareInvitationArnNotFoundException',
      `ResourceShareInvitation ${arn} could not be found.`,
    )
  }
  if (found.invitation.status !== 'PENDING') {
    throw new AwsError(
      found.invitation.status === 'ACCEPTED'
        ? 'ResourceShareInvitationAlreadyAcceptedException'
        : 'ResourceShareInvitationAlreadyRejectedException',
      `ResourceShareInvitation ${arn} has already been answered.`,
    )
  }
  found.invitation.status = status
  found.owner.store.save()
  return { resourceShareInvitation: describeInvitation(found, found.invitation) }
}

/** RAM as far as cross-account cloning needs it: clusters shared with accounts, by invitation. */
export function ramService(emulator: Emulator): Service {
  return {
    name: 'ram',
    signingName: 'ram',
    rest: {
      'POST /getresourceshares': 'GetResourceShares',
      'POST /listresources': 'ListResources',
      'POST /listprincipals': 'ListPrincipals',
      'POST /getresourceshareinvitations': 'GetResourceShareInvitations',
      'POST /acceptresourceshareinvitation': 'AcceptResourceShareInvitation',
      'POST /rejectresourceshareinvitation': 'RejectResourceShareInvitation',
      'POST /createresourceshare': 'CreateResourceShare',
      'DELETE /deleteresourceshare': 'DeleteResourceShare',
    },
    operations: {
      ...readOperations(emulator),
      CreateResourceShare: operation(createInput, 'changes', (input) => ({
        resourceShare: describeShare({ owner: emulator, share: create(emulator, input) }),
      })),
      DeleteResourceShare: operation(
        z.strictObject({ resourceShareArn: z.string(), clientToken: z.string().optional() }),
        'changes',
        ({ resourceShareArn }) => {
          const share = emulator.store.state.shares.find(({ arn }) => arn === resourceShareArn)
          if (!share) {
            throw new AwsError(
              'UnknownResourceException',
              `ResourceShare ${resourceShareArn} could not be found.`,
            )
          }
          share.status = 'DELETED'
          emulator.store.save()
          return { returnValue: true }
        },
      ),
      ...Object.fromEntries(
        (['Accept', 'Reject'] as const).map((verb) => [
          `${verb}ResourceShareInvitation`,
          operation(
            z.strictObject({ resourceShareInvitationArn: z.string(), clientToken: z.string().optional() }),
            'changes',
            ({ resourceShareInvitationArn }) =>
              answerInvitation(
                emulator,
                resourceShareInvitationArn,
                verb === 'Accept' ? 'ACCEPTED' : 'REJECTED',
              ),
          ),
        ]),
      ),
    },
  }
}
