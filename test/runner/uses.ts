import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UnsupportedAction, readActionMetadata } from './action-metadata.ts'
import type { ActionMetadata, Problem } from './action-metadata.ts'

/** An action that a step uses, found on this machine. */
export interface ResolvedAction {
  readonly uses: string
  /** `workspace` actions exist only after a checkout step, as on GitHub. */
  readonly origin: 'repository' | 'workspace' | 'stand-in'
  readonly repository: string
  readonly ref: string
  readonly metadata: ActionMetadata
}

/** Where `uses:` is looked up. */
export interface UsesContext {
  readonly repository: string
  readonly checkout: string
}

const standIns = fileURLToPath(new URL('./stand-ins/', import.meta.url))

/**
 * Finds the action of a `uses:`. This repository's own (`owner/name/path@ref`, `$/path`, `./path`) resolve to the
 * checkout whatever the ref; third-party ones to a stand-in of this runner. Anything else is a problem.
 */
export function resolveUses(
  uses: string,
  context: UsesContext,
): ResolvedAction | { problems: Omit<Problem, 'line'>[] } {
  if (uses.startsWith('docker://')) return refused(`uses: ${uses}: container actions are not supported`)
  if (uses.startsWith('./') || uses.startsWith('$/')) {
    return read(
      uses,
      uses.startsWith('./') ? 'workspace' : 'repository',
      context.repository,
      '',
      join(context.checkout, uses.slice(2)),
    )
  }
  const match = /^(?<owner>[^/@]+)\/(?<name>[^/@]+)(?<path>\/[^@]*)?@(?<ref>.+)$/.exec(uses)
  if (match?.groups === undefined) {
    return refused(`uses: ${uses}: expected owner/name@ref, owner/name/path@ref or ./path`)
  }
  const { owner = '', name = '', path = '', ref = '' } = match.groups
  const repository = `${owner}/${name}`
  if (repository.toLowerCase() === context.repository.toLowerCase()) {
    return read(uses, 'repository', repository, ref, join(context.checkout, path))
  }
  const standIn = join(standIns, `${owner}-${name}`.toLowerCase(), path)
  if (!existsSync(join(standIn, 'action.yml'))) {
    return refused(
      `uses: ${uses}: this runner has no stand-in for the third-party action ${repository}${path}`,
    )
  }
  return read(uses, 'stand-in', repository, ref, standIn)
}

function read(
  uses: string,
  origin: ResolvedAction['origin'],
  repository: string,
  ref: string,
  folder: string,
): ResolvedAction | { problems: Omit<Problem, 'line'>[] } {
  try {
    return { uses, origin, repository, ref, metadata: readActionMetadata(folder) }
  } catch (error) {
    if (!(error instanceof UnsupportedAction)) throw error
    return {
      problems: error.problems.map(({ path, line, message }) => ({
        path: 'uses',
        message: `uses: ${uses}: ${path}:${line}: ${message}`,
      })),
    }
  }
}

function refused(message: string): { problems: Omit<Problem, 'line'>[] } {
  return { problems: [{ path: 'uses', message }] }
}
