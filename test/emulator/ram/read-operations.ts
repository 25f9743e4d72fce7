import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { page } from '../protocol/paging.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { describeInvitation, describeShare } from './describe-share.ts'
import { foreignShares, ownShares } from './shares.ts'
import type { SeenShare } from './shares.ts'

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

/** What of shares and invitations can be read, by their owner and by those they are for. */
export function readOperations(emulator: Emulator): Record<string, Operation> {
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
