import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { roleCredentials } from './role-credentials.ts'

let sts: Server
let answer: { readonly status: number; readonly code: string } | 'cut'
beforeAll(async () => {
  sts = createServer((request, response) => {
    if (answer === 'cut') return void request.socket.destroy()
    response
      .writeHead(answer.status, { 'content-type': 'text/xml' })
      .end(
        `<ErrorResponse><Error><Type>Sender</Type><Code>${answer.code}</Code><Message>said so</Message></Error></ErrorResponse>`,
      )
  })
  await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve))
  const address = sts.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${address.port}`)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not a secret')
})
afterAll(() => {
  vi.unstubAllEnvs()
  sts.closeAllConnections()
  sts.close()
})

// A session of a role is renewed in the midst of waits: what passes must not end them, what does not must.
test.each([
  ['a connection that is cut', 'cut', 'unavailable', /network path to STS/u],
  ['throttling', { status: 400, code: 'Throttling' }, 'unavailable', /Run the job again/u],
  ['a refusal', { status: 403, code: 'AccessDenied' }, 'precondition', /Allow sts:AssumeRole/u],
  ['credentials that have ended', { status: 403, code: 'ExpiredToken' }, 'precondition', /sts:AssumeRole/u],
] as const)('%s', async (about, given, code, remedy) => {
  answer = given
  const role = `arn:aws:iam::123456789012:role/${about.replaceAll(' ', '-')}`
  const asked = roleCredentials(role, 'eu-west-1', '1', {})()
  await expect(asked).rejects.toMatchObject({ code, remedy: expect.stringMatching(remedy) as string })
})
