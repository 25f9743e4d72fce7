import type { InvitationRecord, SeenShare } from './shares.ts'

/** The answer's form of a share. */
export function describeShare({ owner, share }: SeenShare): Record<string, unknown> {
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

/** The answer's form of an invitation. */
export function describeInvitation(
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
