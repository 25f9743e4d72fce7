import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A network in between: what clients send arrives a moment later. */
export interface DelayedLink {
  readonly port: number
  close(): Promise<void>
}

/** Forwards 127.0.0.1:<free port> to a port of this machine; each packet towards it takes `delayMs`, the way back nothing. */
export async function openDelayedLink(to: number, delayMs: number): Promise<DelayedLink> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (chunk) => setTimeout(() => far.write(chunk), delayMs))
    far.on('data', (chunk) => near.write(chunk))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
