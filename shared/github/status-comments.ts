import { getOctokit } from '@actions/github'
import { answerStatus } from './read-environment.ts'

/** A comment as far as it matters here. */
export interface FoundComment {
  readonly id: number
  readonly body: string
}

/** The one comment that begins with a marker, on one issue or pull request. Calls throw what octokit throws. */
export interface StatusComments {
  /** The comment; where runs have made two at once, the older one, and the other is removed. */
  find(signal: AbortSignal): Promise<FoundComment | undefined>
  /**
   * Changes the comment with that id, or makes one. Gives the text that stands there afterwards: another one than `body` where
   * another run has written meanwhile, undefined where what was made was one too many.
   */
  write(id: number | undefined, body: string, signal: AbortSignal): Promise<string | undefined>
}

/** The port over the real client; needs `issues: write`, for a pull request `pull-requests: write`. */
export function statusComments(
  token: string,
  repository: string,
  issue: number,
  marker: string,
): StatusComments {
  const [owner = '', repo = ''] = repository.split('/')
  const github = getOctokit(token)
  const all = async (signal: AbortSignal): Promise<FoundComment[]> => {
    const comments = await github.paginate(github.rest.issues.listComments, {
      owner,
      repo,
      issue_number: issue,
      per_page: 100,
      request: { signal },
    })
    return comments
      .filter((one) => one.body?.startsWith(marker) === true && isTrusted(one))
      .map(({ id, body = '' }) => ({ id, body }))
      .toSorted((a, b) => a.id - b.id)
  }
  const one = async (signal: AbortSignal): Promise<FoundComment | undefined> => {
    const [first, ...others] = await all(signal)
    for (const { id } of others) await remove(id, signal)
    return first
  }
  const remove = async (id: number, signal: AbortSignal): Promise<void> => {
    try {
      await github.rest.issues.deleteComment({ owner, repo, comment_id: id, request: { signal } })
    } catch (error) {
      // The other run has removed it, too.
      if (answerStatus(error) !== 404) throw error
    }
  }
  return {
    find: one,
    write: async (id, body, signal) => {
      if (id === undefined) {
        const { data } = await github.rest.issues.createComment({
          owner,
          repo,
          issue_number: issue,
          body,
          request: { signal },
        })
        // GitHub cannot create «unless there is one»: two runs may have done it together, and both see so now.
        const kept = await one(signal)
        return kept?.id === data.id ? sameLines(kept.body) : undefined
      }
      await github.rest.issues.updateComment({ owner, repo, comment_id: id, body, request: { signal } })
      const { data } = await github.rest.issues.getComment({
        owner,
        repo,
        comment_id: id,
        request: { signal },
      })
      return sameLines(data.body ?? '')
    },
  }
}

function sameLines(text: string): string {
  return text.replaceAll('\r\n', '\n')
}

/** Anybody may write a comment that begins like ours: only a bot's, or one of somebody who may write here, counts. */
function isTrusted(comment: {
  readonly user?: { readonly type?: string } | null
  readonly author_association?: string
}): boolean {
  return (
    comment.user?.type === 'Bot' ||
    ['OWNER', 'MEMBER', 'COLLABORATOR'].includes(comment.author_association ?? '')
  )
}
