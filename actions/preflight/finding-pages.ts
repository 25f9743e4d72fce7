/**
 * Where the pages of the findings are, as the release that runs has them: the repository and ref of the action, or, for
 * an action of the checkout itself, those of the run (GitHub Docs, variables: GITHUB_ACTION_REPOSITORY is empty then).
 * Undefined outside GitHub.
 */
export function findingPages(variables: NodeJS.ProcessEnv = process.env): string | undefined {
  const server = variables['GITHUB_SERVER_URL'] || 'https://github.com'
  const ofAction = { repository: variables['GITHUB_ACTION_REPOSITORY'], ref: variables['GITHUB_ACTION_REF'] }
  const ofRun = { repository: variables['GITHUB_REPOSITORY'], ref: variables['GITHUB_SHA'] }
  for (const { repository, ref } of [ofAction, ofRun]) {
    if (repository !== undefined && repository !== '' && ref !== undefined && ref !== '')
      return `${server}/${repository}/blob/${ref}/docs/findings`
  }
  return undefined
}
