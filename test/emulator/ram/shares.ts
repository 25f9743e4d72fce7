import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { newUuid } from '../identity.ts'

export const shareSchema = z.strictObject({
  name: z.string(),
  /** ARNs of clusters. */
  resources: z.array(z.string()),
  /** Account numbers. */
  principals: z.array(z.string()),
  /** Whether the principals took it; until then it gives them nothing. */
  accepted: z.boolean().default(true),
})

export interface InvitationRecord {
  arn: string
  receiver: string
  status: 'PENDING' | 'ACCEPTED' | 'REJECTED'
  createdAt: string
}

/** A resource share, kept by the account that owns it. */
export interface ShareRecord {
  arn: string
  name: string
  status: 'ACTIVE' | 'DELETED'
  resources: string[]
  principals: string[]
  invitations: InvitationRecord[]
  createdAt: string
  tags: Record<string, string>
}

/** Every principal is invited: the emulator's accounts belong to no organization. */
export function newShare(
  arn: (service: string, resource: string) => string,
  share: { name: string; resources: string[]; principals: string[]; accepted: boolean },
): ShareRecord {
  const createdAt = new Date().toISOString()
  return {
    arn: arn('ram', `resource-share/${newUuid()}`),
    name: share.name,
    status: 'ACTIVE',
    resources: share.resources,
    principals: share.principals,
    invitations: share.principals.map((receiver) => ({
      arn: arn('ram', `resource-share-invitation/${newUuid()}`),
      receiver,
      status: share.accepted ? 'ACCEPTED' : 'PENDING',
      createdAt,
    })),
    createdAt,
    tags: {},
  }
}

/** A share, who owns it, and, for one of another account, the caller's invitation. */
export interface SeenShare {
  readonly owner: Emulator
  readonly share: ShareRecord
  readonly invitation?: InvitationRecord
}

export function ownShares(emulator: Emulator): SeenShare[] {
  return emulator.store.state.shares.map((share) => ({ owner: emulator, share }))
}

/** Shares of other accounts in the same region that invite this one. */
export function foreignShares(emulator: Emulator): (SeenShare & { invitation: InvitationRecord })[] {
  const { account, region } = emulator.config
  return emulator.accounts
    .all()
    .filter((owner) => owner.config.region === region && owner.config.account !== account)
    .flatMap((owner) =>
      owner.store.state.shares
        .filter(({ status }) => status === 'ACTIVE')
        .flatMap((share) =>
          share.invitations
            .filter(({ receiver }) => receiver === account)
            .map((invitation) => ({ owner, share, invitation })),
        ),
    )
}

/** Whether another account's resource was shared with this one, and taken. */
export function isSharedWith(emulator: Emulator, arn: string): boolean {
  return foreignShares(emulator).some(
    ({ share, invitation }) => invitation.status === 'ACCEPTED' && share.resources.includes(arn),
  )
}
