import type { Check } from '../finding.ts'
import { knownFact } from '../known-fact.ts'

/** A job that says nothing gets the repository's default token, which may write. */
export const githubPermissions: Check = {
  code: 'github-permissions',
  title: 'the workflow gives its jobs no more rights than each asks for',
  judge: (facts) => {
    const github = knownFact(facts.github)
    if (github === undefined) return []
    const { path, topPermissions } = github.workflow
    if (topPermissions !== 'write-all' && topPermissions !== 'not said') return []
    return [
      {
        severity: 'warning',
        message:
          topPermissions === 'write-all'
            ? `${path} gives every job the right to write everything`
            : `${path} says nothing on permissions, so its jobs get the repository’s default`,
        objects: [path],
        why: 'These jobs hold the keys of two databases; a token that may also change the repository helps whoever gets in.',
        remedy:
          'Write `permissions: {}` at the top of the workflow, and in each job what it needs, as in workflows-examples/migrate.yml.',
      },
    ]
  },
}
