import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Strike } from './message-proxy.ts'

/** A way to the emulated AWS that counts API calls and can strike at one of them. */
export interface CallProxy {
  readonly url: string
  /** Where calls go from now on. */
  forwardTo(url: string): void
  /** Counts from zero again: calls for which `counts` says so, in the order in which they came. */
  watch(counts: (operation: string) => boolean, strike?: Strike): void
  /** Operations that were counted since. */
  readonly operations: readonly string[]
  readonly struck: boolean
  close(): Promise<void>
}

/** Whether an operation changes something in AWS, by its name; logging in and reading do not. Pure. */
export function changesAws(operation: string): boolean {
  return !/^(?:Describe|List|Get|Assume|Decode|Download)/u.test(operation)
}

/** Serves on 127.0.0.1, a free port. */
export async function openCallProxy(): Promise<CallProxy> {
  let target = new URL('http://127.0.0.1')
  let counts: (operation: string) => boolean = () => true
  let strike: Strike | undefined
  let struck = false
  let operations: string[] = []

  const deal = ({ kill }: Strike) => {
    if (struck) return
    struck = true
    kill()
    server.closeAllConnections()
  }
  const answer = async (message: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await message.toArray())
    const operation = operationOf(message, body)
    let mine: Strike | undefined
    if (!struck && counts(operation)) {
      operations.push(operation)
      if (strike?.at === operations.length) mine = strike
    }
    if (mine?.half === 'before') return deal(mine)
    const { status, headers, text } = await forward(target, message, body)
    if (mine !== undefined) return deal(mine)
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
    watch: (which, at) => {
      counts = which
      strike = at
      struck = false
      operations = []
    },
    get operations() {
      return operations
    },
    get struck() {
      return struck
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** AWS JSON protocols name it in a header, the Query protocol in the body, CBOR at the end of the path. */
export function operationOf({ headers, url }: IncomingMessage, body: Buffer): string {
  const target = headers['x-amz-target']
  if (typeof target === 'string') return target.split('.')[1] ?? ''
  return (
    new URLSearchParams(body.toString('utf8')).get('Action') ??
    /\/operation\/(\w+)$/u.exec(url ?? '')?.[1] ??
    `Get ${url ?? ''}`
  )
}

/** Sends a message on, and gives the whole answer. */
export async function forward(
  target: URL,
  message: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: IncomingMessage['headers']; text: Buffer }> {
  const sent = request({
    host: target.hostname,
    port: target.port,
    method: message.method,
    path: message.url,
    headers: message.headers,
    agent: false,
  })
  const received = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve)
    sent.on('error', reject)
  })
  sent.end(body)
  const response = await received
  const text = Buffer.concat(await response.toArray())
  return { status: response.statusCode ?? 502, headers: response.headers, text }
}
