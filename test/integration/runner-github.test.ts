import { createPublicKey, verify } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { getOctokit } from '@actions/github'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestEmulator } from '../emulator/open-test-emulator.ts'
import { openWorkflowFixture } from '../runner/workflow-fixture.ts'
import type { TestEmulator } from '../emulator/open-test-emulator.ts'
import type { WorkflowFixture } from '../runner/workflow-fixture.ts'

let fixture: WorkflowFixture
let aws: TestEmulator

beforeAll(async () => {
  fixture = await openWorkflowFixture()
  aws = await openTestEmulator()
  fixture.action(
    'ask',
    `import { appendFileSync } from 'node:fs'
     const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer, INPUT_TOKEN: token, GITHUB_API_URL: api } = process.env
     const put = (name, value) => appendFileSync(process.env.GITHUB_OUTPUT, name + '=' + value + '\\n')
     if (url) {
       const answer = await fetch(url + '&audience=cutover', { headers: { authorization: 'bearer ' + bearer } })
       put('jwt', (await answer.json()).value)
     }
     for (const [name, path] of [['repo', ''], ['env', '/environments/staging'], ['contents', '/contents/.github/workflows/ci.yml']]) {
       const answer = await fetch(api + '/repos/acme/shop' + path, { headers: { authorization: 'bearer ' + token } })
       put(name, answer.status)
     }
     put('stale', token)`,
    { keys: `inputs: { token: { default: '\${{ github.token }}' } }\n` },
  )
})

afterAll(async () => {
  await Promise.all([fixture.close(), aws.close()])
})

function decode(jwt: string): Record<string, unknown>[] {
  return jwt
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>)
}

test('an OIDC token says where the job really runs, and its signature holds', async () => {
  const run = await fixture.run(
    `
name: Migrate
on: workflow_dispatch
jobs:
  one:
    runs-on: x
    environment: staging
    permissions: { id-token: write }
    steps: [{ id: ask, uses: acme/shop/actions/ask@main }]
`,
    { actor: 'mona' },
  )
  const jwt = run.jobs['one']?.steps[0]?.outputs['jwt'] ?? ''
  const [header, claims] = decode(jwt)
  const now = Date.now() / 1000
  expect(claims).toMatchObject({
    iss: fixture.github.url,
    aud: 'cutover',
    sub: 'repo:acme/shop:environment:staging',
    environment: 'staging',
    repository: 'acme/shop',
    repository_owner: 'acme',
    actor: 'mona',
    run_id: run.runId,
    run_attempt: '1',
    event_name: 'workflow_dispatch',
    ref: 'refs/heads/main',
    workflow: 'Migrate',
    workflow_ref: 'acme/shop/.github/workflows/ci.yml@refs/heads/main',
    job_workflow_ref: 'acme/shop/.github/workflows/ci.yml@refs/heads/main',
    runner_environment: 'self-hosted',
  })
  expect(Number(claims?.['exp'])).toBeGreaterThan(now)
  expect(Number(claims?.['exp'])).toBeLessThan(now + 301)
  const configuration = (await (
    await fetch(`${fixture.github.url}/.well-known/openid-configuration`)
  ).json()) as { jwks_uri: string }
  const { keys } = (await (await fetch(configuration.jwks_uri)).json()) as { keys: JsonWebKey[] }
  const key = createPublicKey({ key: keys.find(({ kid }) => kid === header?.['kid'])!, format: 'jwk' })
  const [content, signature] = [jwt.slice(0, jwt.lastIndexOf('.')), jwt.slice(jwt.lastIndexOf('.') + 1)]
  expect(verify('RSA-SHA256', Buffer.from(content), key, Buffer.from(signature, 'base64url'))).toBe(true)
  expect(verify('RSA-SHA256', Buffer.from(`${content}x`), key, Buffer.from(signature, 'base64url'))).toBe(
    false,
  )
})

test('a token reaches as far as the permissions of its job, and no further than its end', async () => {
  const run = await fixture.run(`
on: workflow_dispatch
permissions: { contents: read }
jobs:
  inherits: { runs-on: x, steps: [{ id: ask, uses: acme/shop/actions/ask@main }] }
  overrides: { runs-on: x, permissions: { actions: read }, environment: staging, steps: [{ id: ask, uses: acme/shop/actions/ask@main }] }
  nothing: { runs-on: x, permissions: {}, steps: [{ id: ask, uses: acme/shop/actions/ask@main }] }
`)
  const answers = Object.fromEntries(
    Object.values(run.jobs).map(({ id, steps }) => {
      const { jwt = '', repo, env, contents } = steps[0]?.outputs ?? {}
      return [id, `${jwt}${repo} ${env} ${contents}`]
    }),
  )
  expect(answers).toEqual({ inherits: '200 403 200', overrides: '200 200 403', nothing: '200 403 403' })
  const stale = getOctokit(run.jobs['inherits']?.steps[0]?.outputs['stale'] ?? '', {
    baseUrl: fixture.github.url,
  })
  await expect(stale.rest.repos.get({ owner: 'acme', repo: 'shop' })).rejects.toMatchObject({
    status: 401,
    message: expect.stringContaining('Bad credentials') as string,
  })
})

test('the stand-in for configure-aws-credentials gets its credentials from STS for the OIDC token', async () => {
  const run = await fixture.run(
    `
on: workflow_dispatch
permissions: { id-token: write }
jobs:
  one:
    runs-on: x
    outputs: { account: '\${{ steps.aws.outputs.aws-account-id }}' }
    steps:
      - id: aws
        uses: aws-actions/configure-aws-credentials@v5
        with: { role-to-assume: 'arn:aws:iam::123456789012:role/migration', aws-region: eu-west-1, role-session-name: run, role-duration-seconds: 900 }
      - run: echo "key $AWS_ACCESS_KEY_ID region $AWS_REGION"
  without:
    runs-on: x
    permissions: {}
    steps: [{ uses: aws-actions/configure-aws-credentials@v5, with: { role-to-assume: x, aws-region: eu-west-1 } }]
`,
    { environment: { AWS_ENDPOINT_URL: aws.emulator.url } },
  )
  expect(run.jobs['one']).toMatchObject({ result: 'success', outputs: { account: '123456789012' } })
  expect(run.log('one')).toContain('assumed-role/migration/run')
  expect(run.log('one')).toContain('key *** region eu-west-1')
  expect(run.jobs['without']?.steps[0]?.annotations[0]?.message).toContain('ACTIONS_ID_TOKEN_REQUEST_URL')
})

test('comments can be written, changed and listed page by page', async () => {
  const octokit = getOctokit(fixture.github.token, { baseUrl: fixture.github.url })
  const issue = { owner: 'acme', repo: 'shop', issue_number: 7 }
  for (let index = 0; index < 5; index++)
    await octokit.rest.issues.createComment({ ...issue, body: `text ${index}` })
  const all = await octokit.paginate(octokit.rest.issues.listComments, { ...issue, per_page: 2 })
  expect(all.map(({ body }) => body)).toEqual(['text 0', 'text 1', 'text 2', 'text 3', 'text 4'])
  await octokit.rest.issues.updateComment({
    owner: 'acme',
    repo: 'shop',
    comment_id: all[1]!.id,
    body: 'new',
  })
  const page = await octokit.rest.issues.listComments({ ...issue, per_page: 2, page: 1 })
  expect(page.data.map(({ body }) => body)).toEqual(['text 0', 'new'])
  expect(page.headers.link).toContain('rel="next"')
  await expect(octokit.rest.issues.createComment({ ...issue, body: '' })).rejects.toMatchObject({
    status: 422,
  })
})

test('files of the checkout are served, and nothing outside it', async () => {
  const octokit = getOctokit(fixture.github.token, { baseUrl: fixture.github.url })
  const get = (path: string): Promise<{ data: unknown }> =>
    octokit.rest.repos.getContent({ owner: 'acme', repo: 'shop', path })
  fixture.write('maps/a.yml', 'name: a\n')
  expect((await get('maps/a.yml')).data).toMatchObject({
    path: 'maps/a.yml',
    content: Buffer.from('name: a\n').toString('base64'),
  })
  await expect(get('../secret')).rejects.toMatchObject({ status: 404 })
  const escape = await fetch(`${fixture.github.url}/repos/acme/shop/contents/..%2f..%2f..%2fetc%2fpasswd`, {
    headers: { authorization: `bearer ${fixture.github.token}` },
  })
  expect(escape.status).toBe(404)
})
