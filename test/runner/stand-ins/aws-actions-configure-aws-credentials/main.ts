import * as core from '@actions/core'
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

async function configure(): Promise<void> {
  const region = core.getInput('aws-region', { required: true })
  if (!process.env['AWS_ENDPOINT_URL'] && !process.env['AWS_ENDPOINT_URL_STS']) {
    throw new Error('AWS_ENDPOINT_URL is not set: this stand-in speaks to local servers only, never to AWS')
  }
  const token = await core.getIDToken(core.getInput('audience'))
  const anonymous = new STSClient({ region, credentials: { accessKeyId: 'none', secretAccessKey: 'none' } })
  const { Credentials: credentials } = await anonymous.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: core.getInput('role-to-assume', { required: true }),
      RoleSessionName: core.getInput('role-session-name'),
      DurationSeconds: Number(core.getInput('role-duration-seconds')),
      WebIdentityToken: token,
    }),
  )
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
  } = credentials ?? {}
  if (!accessKeyId || !secretAccessKey || !sessionToken) throw new Error('STS answered without credentials')
  core.setSecret(accessKeyId)
  core.setSecret(secretAccessKey)
  core.setSecret(sessionToken)
  const sts = new STSClient({ region, credentials: { accessKeyId, secretAccessKey, sessionToken } })
  const identity = await sts.send(new GetCallerIdentityCommand({}))
  if (core.getBooleanInput('mask-aws-account-id') && identity.Account) core.setSecret(identity.Account)
  core.exportVariable('AWS_REGION', region)
  core.exportVariable('AWS_DEFAULT_REGION', region)
  core.exportVariable('AWS_ACCESS_KEY_ID', accessKeyId)
  core.exportVariable('AWS_SECRET_ACCESS_KEY', secretAccessKey)
  core.exportVariable('AWS_SESSION_TOKEN', sessionToken)
  core.setOutput('aws-account-id', identity.Account)
  core.setOutput('authenticated-arn', identity.Arn)
  core.info(`Authenticated as ${identity.Arn ?? 'nobody'}`)
}

try {
  await configure()
} catch (error) {
  core.setFailed(error instanceof Error ? error.message : String(error))
}
