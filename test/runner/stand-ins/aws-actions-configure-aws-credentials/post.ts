import * as core from '@actions/core'

/** As the action that it stands for: post steps that run after this one find no credentials. */
for (const name of [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
]) {
  core.exportVariable(name, '')
}
