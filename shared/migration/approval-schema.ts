import * as z from 'zod'

/** Where an approval comment stands: an issue or pull request, of another repository only where one is named. */
const issue = z
  .union([
    z.int().min(1),
    z
      .string()
      .regex(
        /^https:\/\/[^/\s]+\/[\w.-]+\/[\w.-]+\/(?:issues|pull)\/[1-9]\d{0,9}$/u,
        'must be the number of an issue or pull request, or its URL, for example `https://github.com/acme/shop/issues/12`',
      ),
  ])
  .transform((given) => {
    if (typeof given === 'number') return { repository: null, number: given }
    const [, , , owner = '', name = '', , number = ''] = given.split('/')
    return { repository: `${owner}/${name}`, number: Number(number) }
  })

/** A login, or a team as organization/team; a leading `@`, as one writes it in a comment, is left out. */
const approver = z
  .string()
  .regex(
    /^@?[a-z\d](?:[\w-]{0,38})(?:\/[\w-]{1,100})?$/iu,
    'must be a login, or a team as `organization/team`',
  )
  .transform((text) => text.replace(/^@/u, ''))

/** Approval by a comment, where the plan of GitHub has no environments with required reviewers. In the plan and its digest. */
export const approvalSchema = z
  .strictObject({
    issue: issue.describe('Number or URL of the issue or pull request on which somebody approves.'),
    approvers: z
      .array(approver)
      .min(1)
      .describe(
        'Logins, or teams as `organization/team`, who may approve. To read a team the token needs `members: read`, which a job’s own token never has.',
      ),
  })
  .describe(
    'Approval by a comment in place of the environment’s reviewers, for repositories whose plan has no required reviewers.',
  )

/** Where a comment approves, and whose counts. */
export type CommentApproval = z.infer<typeof approvalSchema>
