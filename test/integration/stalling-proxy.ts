import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A network between a runner and a server that can stop to forward without closing anything. */
export interface StallingProxy {
  readonly port: number
  /** From here on no byte passes, either way; connections stay open, new ones get no answer. */
  readonly stall: () => void
  readonly close: () => Promise<void>
}

/** Forwards 127.0.0.1:<free port> to a port of the same machine until it is told to stall. */
export async function openStallingProxy(to: number): Promise<StallingProxy> {
  const sockets = new Set<Socket>()
  let stalled = false
  const server = createServer((near) => {
    sockets.add(near)
    near.on('error', () => near.destroy())
    if (stalled) return
    const far = connect(to, '127.0.0.1')
    sockets.add(far)
    far.on('error', () => near.destroy())
    const forward = (from: Socket, into: Socket) => {
      from.on('data', (chunk: Buffer) => {
        if (!stalled) into.write(chunk)
      })
      from.on('close', () => {
        if (!stalled) into.destroy()
      })
    }
    forward(near, far)
    forward(far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    stall: () => {
      stalled = true
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
