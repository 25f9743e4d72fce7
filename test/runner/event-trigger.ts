import type { EventFilter, Workflow } from './workflow.ts'

/** An event that does not start this workflow. */
export class NotTriggered extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotTriggered'
  }
}

/**
 * Checks that an event starts the workflow: its name under `on`, and branch and tag patterns against the ref (for a
 * pull request, its base branch). `paths` and `types` are the caller's word: it says that the event happened.
 */
export function checkTrigger(workflow: Workflow, event: string, ref: string, baseRef: string): void {
  const filter = workflow.events.get(event)
  if (filter === undefined) {
    throw new NotTriggered(
      `${workflow.path} is not started by ${event}, only by ${[...workflow.events.keys()].join(', ')}`,
    )
  }
  if (event !== 'push' && event !== 'pull_request') return
  const branch = event === 'pull_request' ? baseRef : ref.replace(/^refs\/(heads|tags)\//, '')
  if (!passes(filter, branch, event === 'push' && ref.startsWith('refs/tags/'))) {
    throw new NotTriggered(
      `${workflow.path} is not started by ${event} on ${branch}: its branch or tag filters leave it out`,
    )
  }
}

function passes(filter: EventFilter, name: string, isTag: boolean): boolean {
  const [wanted, ignored] = isTag
    ? [filter.tags, filter['tags-ignore']]
    : [filter.branches, filter['branches-ignore']]
  if (wanted !== undefined) return matchesPatterns(wanted, name)
  if (ignored !== undefined) return !matchesPatterns(ignored, name)
  // With filters for the other kind of ref only, this kind does not start the workflow.
  const others = isTag ? [filter.branches, filter['branches-ignore']] : [filter.tags, filter['tags-ignore']]
  return others.every((patterns) => patterns === undefined)
}

/** Whether a name is matched by the last pattern that speaks of it; `!` takes a name out again. */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  let matched = false
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) matched &&= !patternExpression(pattern.slice(1)).test(name)
    else matched ||= patternExpression(pattern).test(name)
  }
  return matched
}

/** GitHub's filter patterns: `*` within a segment, `**` over all, `?`, `+`, `[…]` as in regular expressions. */
function patternExpression(pattern: string): RegExp {
  const source = pattern.replaceAll(/\*\*|\*|[.^${}()|\\/]/g, (token) => {
    if (token === '**') return '.*'
    return token === '*' ? '[^/]*' : `\\${token}`
  })
  return new RegExp(`^${source}$`)
}
