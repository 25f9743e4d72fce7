import { getOctokit } from '@actions/github'
import { MigrationError } from '../runtime/errors.ts'
import { spokenApproval, type CommentFacts } from './comment-gate.ts'
import { answerStatus } from './read-environment.ts'

type Octokit = ReturnType<typeof getOctokit>

/** Comments of an issue or pull request that say something about an approval, and who of their authors may approve. */
export interface ApprovalComments {
  readonly comments: readonly CommentFacts[]
  readonly approvers: readonly string[]
  /** Teams of the file that the token may not read: whoever belongs to them is not known. */
  readonly unreadTeams: readonly string[]
}

/**
 * Reads the comments of an issue (`issues: read`, of a pull request `pull-requests: read`) and, for authors that the file
 * does not name themselves, whether they belong to one of its teams (`members: read` of the organization, which a job's own
 * token never has). Ages are by GitHub's clock: that of its answer. Throws `precondition` where the comments cannot be read.
 */
export async function readApprovalComments(
  token: string,
  request: {
    readonly repository: string
    readonly issue: number
    readonly approvers: readonly string[]
    readonly signal: AbortSignal
  },
): Promise<ApprovalComments> {
  const github = getOctokit(token)
  const [owner = '', repo = ''] = request.repository.split('/')
  const comments: CommentFacts[] = []
  try {
    const pages = github.paginate.iterator(github.rest.issues.listComments, {
      owner,
      repo,
      issue_number: request.issue,
      per_page: 100,
      request: { signal: request.signal },
    })
    for await (const page of pages) {
      const now = Date.parse(page.headers.date ?? '')
      for (const comment of page.data) {
        if (spokenApproval(comment.body ?? '') === undefined) continue
        comments.push({
          id: comment.id,
          user: comment.user?.login ?? '',
          userType: comment.user?.type ?? 'nobody',
          association: comment.author_association,
          body: comment.body ?? '',
          createdAt: comment.created_at,
          ageMs: now - Date.parse(comment.created_at),
          edited: comment.updated_at !== comment.created_at,
        })
      }
    }
  } catch (error) {
    throw unreadable(
      error,
      `the comments of issue ${request.issue} of ${request.repository} cannot be read`,
      'Give the job `permissions: { issues: read, pull-requests: read }`, for an issue of another repository a token that may read it, and look at cutover.approval.issue in the migration file.',
    )
  }
  if (comments.some(({ ageMs }) => Number.isNaN(ageMs)))
    throw new MigrationError(
      'precondition',
      'GitHub’s answer has no time: the age of approvals is not known',
      {
        remedy: 'Look at what stands between the runner and GitHub’s API: it removes the header `date`.',
      },
    )
  const authors = [...new Set(comments.map(({ user }) => user))]
  return { comments, ...(await withTeams(github, request.approvers, authors, request.signal)) }
}

/** The file's logins, and those of the authors who are active members of one of its teams. */
async function withTeams(
  github: Octokit,
  approvers: readonly string[],
  authors: readonly string[],
  signal: AbortSignal,
): Promise<Omit<ApprovalComments, 'comments'>> {
  const logins = approvers.filter((one) => !one.includes('/'))
  const known = new Set(logins.map((login) => login.toLowerCase()))
  const asked = authors.filter((author) => !known.has(author.toLowerCase()))
  const unreadTeams: string[] = []
  if (asked.length === 0) return { approvers: logins, unreadTeams }
  for (const team of approvers.filter((one) => one.includes('/'))) {
    const [org = '', team_slug = ''] = team.split('/')
    try {
      // A team that the token cannot see has no members for it: that must not be taken for a no.
      await github.rest.teams.getByName({ org, team_slug, request: { signal } })
    } catch (error) {
      const status = answerStatus(error)
      if (status !== 403 && status !== 404) throw error
      unreadTeams.push(team)
      continue
    }
    for (const username of asked) {
      try {
        const { data } = await github.rest.teams.getMembershipForUserInOrg({
          org,
          team_slug,
          username,
          request: { signal },
        })
        if (data.state === 'active') logins.push(username)
      } catch (error) {
        if (answerStatus(error) !== 404) throw error
      }
    }
  }
  return { approvers: logins, unreadTeams }
}

function unreadable(cause: unknown, message: string, remedy: string): unknown {
  const status = answerStatus(cause)
  if (status !== 403 && status !== 404 && status !== 410) return cause
  return new MigrationError('precondition', message, { remedy, cause })
}
