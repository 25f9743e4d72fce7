import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that knows one secret and answers GetSecretValue with it, for tests that need nothing else of AWS. */
export interface LocalSecretServer {
  /** for the environment of a process that uses an AWS SDK */
  readonly environment: Readonly<Record<string, string>>
  set(secret: Readonly<Record<string, string | number>>): void
  close(): Promise<void>
}

/** Starts on a free port of the loopback interface. */
export async function startLocalSecretServer(name: string): Promise<LocalSecretServer> {
  let value = '{}'
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/x-amz-json-1.1')
      response.end(JSON.stringify({ Name: name, SecretString: value }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    environment: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    },
    set(secret) {
      value = JSON.stringify(secret)
    },
    async close() {
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
    },
  }
}
