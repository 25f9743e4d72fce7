import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { forward, operationOf } from '../integration/call-proxy.ts'
import { seenFromThere } from './owned-connection.ts'
import type { Checkpoint } from './runner-network.ts'

/** The way of runners to the emulated AWS. */
export interface CallPath {
  readonly url: string
  forwardTo(url: string): void
  close(): Promise<void>
}

/** Serves on 127.0.0.1, a free port. */
export async function openCallPath(checkpoint: Checkpoint): Promise<CallPath> {
  let target = new URL('http://127.0.0.1')
  const passed = async ({ socket }: IncomingMessage) =>
    (await checkpoint.gateOf(seenFromThere(socket))).passed()
  const answer = async (message: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await message.toArray())
    const operation = operationOf(message, body)
    const occurrence = checkpoint.count('aws', operation)
    const goesOn = async (half: 'before' | 'after') =>
      occurrence === undefined || checkpoint.pass('aws', operation, half, occurrence)
    if (!(await goesOn('before'))) return
    await passed(message)
    const { status, headers, text } = await forward(target, message, body)
    if (!(await goesOn('after'))) return
    await passed(message)
    response.writeHead(status, headers)
    response.end(text)
  }
  const server = createServer((message, response) => {
    // What goes wrong on the way is told to the caller as a lost connection.
    answer(message, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forwardTo: (url) => {
      target = new URL(url)
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
