import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation, Service } from '../protocol/service.ts'
import { foreignShares, newShare, ownShares } from './shares.ts'
import type { InvitationRecord, SeenShare, ShareRecord } from './shares.ts'

const names = z.array(z.string())
const paging = { nextToken: z.string().optional(), maxResults: z.number().int().optional() }
const owned = { resourceOwner: z.enum(['SELF', 'OTHER-ACCOUNTS']), ...paging }

function pageOf<T>(
  all: readonly T[],
  input: z.output<z.ZodObject<typeof paging>>,
): [T[], string | undefined] {
  const { entries, Marker } = page(
    all,
    { MaxRecords: input.maxResults, Marker: input.nextToken },
    { min: 1, max: 500, byDefault: 500 },
  )
  return [entries, Marker]
}

/** The shares of one side: the own ones, or those of others that were accepted. */
function sharesOf(emulator: Emulator, owner: 'SELF' | 'OTHER-ACCOUNTS'): SeenShare[] {
  return owner === 'SELF'
    ? ownShares(emulator)
    : foreignShares(emulator).filter(({ invitation }) => invitation.status === 'ACCEPTED')
}

function describeShare({ owner, share }: SeenShare): Record<string, unknown> {
  return {
    resourceShareArn: share.arn,
    name: share.name,
    owningAccountId: owner.config.account,
    allowExternalPrincipals: true,
    status: share.status,
    tags: Object.entries(share.tags).map(([key, value]) => ({ key, value })),
    creationTime: new Date(share.createdAt),
    lastUpdatedTime: new Date(share.createdAt),
    featureSet: 'STANDARD',
  }
}

function describeInvitation(
  { owner, share }: SeenShare,
  invitation: InvitationRecord,
): Record<string, unknown> {
  return {
    resourceShareInvitationArn: invitation.arn,
    resourceShareName: share.name,
    resourceShareArn: share.arn,
    senderAccountId: owner.config.account,
    receiverAccountId: invitation.receiver,
    invitationTimestamp: new Date(invitation.createdAt),
    status: invitation.status,
  }
}

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

function readOperations(emulator: Emulator): Record<string, Operation> {
  return {
    GetResourceShares: operation(
      z.strictObject({
        ...owned,
        resourceShareArns: names.optional(),
        resourceShareStatus: z.string().optional(),
        name: z.string().optional(),
      }),
      'reads',
      (input) => {
        const matching = sharesOf(emulator, input.resourceOwner).filter(
          ({ share }) =>
            (input.resourceShareArns?.includes(share.arn) ?? true) &&
            (input.name ?? share.name) === share.name &&
            (input.resourceShareStatus ?? share.status) === share.status,
        )
        const [shares, nextToken] = pageOf(matching, input)
        return { resourceShares: shares.map(describeShare), nextToken }
      },
    ),
    ListResources: operation(
      z.strictObject({
        ...owned,
        principal: z.string().optional(),
        resourceType: z.string().optional(),
        resourceArns: names.optional(),
        resourceShareArns: names.optional(),
      }),
      'reads',
      (input) => {
        const matching = sharesOf(emulator, input.resourceOwner)
          .filter(
            ({ owner, share }) =>
              share.status === 'ACTIVE' &&
              (input.resourceShareArns?.includes(share.arn) ?? true) &&
              (input.principal === undefined ||
                input.principal === owner.config.account ||
                share.principals.includes(input.principal)),
          )
          .flatMap(({ share }) => share.resources.map((arn) => ({ share, arn })))
          .filter(
            ({ arn }) =>
              (input.resourceArns?.includes(arn) ?? true) &&
              (input.resourceType ?? 'rds:Cluster').toLowerCase() === 'rds:cluster',
          )
        const [resources, nextToken] = pageOf(matching, input)
        return {
          resources: resources.map(({ share, arn }) => ({
            arn,
            type: 'rds:Cluster',
            resourceShareArn: share.arn,
            status: 'AVAILABLE',
            creationTime: new Date(share.createdAt),
            lastUpdatedTime: new Date(share.createdAt),
            resourceRegionScope: 'REGIONAL',
          })),
          nextToken,
        }
      },
    ),
    ListPrincipals: operation(
      z.strictObject({
        ...owned,
        resourceArn: z.string().optional(),
        principals: names.optional(),
        resourceType: z.string().optional(),
        resourceShareArns: names.optional(),
      }),
      'reads',
      (input) => {
        const matching = sharesOf(emulator, input.resourceOwner)
          .filter(
            ({ share }) =>
              share.status === 'ACTIVE' &&
              (input.resourceShareArns?.includes(share.arn) ?? true) &&
              (input.resourceArn === undefined || share.resources.includes(input.resourceArn)),
          )
          .flatMap(({ owner, share }) =>
            (input.resourceOwner === 'SELF' ? share.principals : [owner.config.account]).map((id) => ({
              share,
              id,
            })),
          )
          .filter(({ id }) => input.principals?.includes(id) ?? true)
        const [principals, nextToken] = pageOf(matching, input)
        return {
          principals: principals.map(({ share, id }) => ({
            id,
            resourceShareArn: share.arn,
            creationTime: new Date(share.createdAt),
            lastUpdatedTime: new Date(share.createdAt),
            external: true,
          })),
          nextToken,
        }
      },
    ),
    GetResourceShareInvitations: operation(
      z.strictObject({
        ...paging,
        resourceShareInvitationArns: names.optional(),
        resourceShareArns: names.optional(),
      }),
      'reads',
      (input) => {
        const matching = foreignShares(emulator).filter(
          ({ share, invitation }) =>
            (input.resourceShareInvitationArns?.includes(invitation.arn) ?? true) &&
            (input.resourceShareArns?.includes(share.arn) ?? true),
        )
        const [invitations, nextToken] = pageOf(matching, input)
        return {
          resourceShareInvitations: invitations.map((seen) => describeInvitation(seen, seen.invitation)),
          nextToken,
        }
      },
    ),
  }
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
