import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { asksForEncryption, FrameReader } from './message-frames.ts'
import { StatementReader } from './statement-reader.ts'

/** Where a proxy strikes: at the `at`-th statement that counts (from 1), before it or after its answer. */
export interface Strike {
  readonly at: number
  /**
   * `before`: the server never sees the statement. `after`: it has carried it out and answered, and nobody learns of it: the
   * half of a COMMIT in doubt in which it was made. `during`: the server is at it, and goes on for as long as it takes to
   * notice.
   */
  readonly half: 'before' | 'after' | 'during'
  /** Ends the process behind the connections. Called once; then the proxy drops every connection that is open. */
  readonly kill: () => void
}

/** A way to a PostgreSQL server that counts statements and can strike at one of them. */
export interface MessageProxy {
  readonly port: number
  /** Counts from zero again: statements for which `counts` says so, over all connections in the order in which they came. */
  watch(counts: (statement: string) => boolean, strike?: Strike): void
  /** What was counted since. */
  readonly statements: readonly string[]
  /** Whether the strike has been dealt. */
  readonly struck: boolean
  close(): Promise<void>
}

/**
 * Forwards 127.0.0.1:<free port> to a port of the same machine, asked for with each connection. Every `Query` and every `Execute` message counts as one
 * statement; the text of an `Execute` is that of the `Parse` behind its portal. Encryption is refused, everything else
 * passes as it is.
 */
export async function openMessageProxy(to: () => Promise<number>): Promise<MessageProxy> {
  const proxy = new CountingProxy(to)
  await proxy.listen()
  return proxy
}

/** How long the server has been at a statement when it is struck during it. */
const duringMs = 100

class CountingProxy implements MessageProxy {
  readonly #to: () => Promise<number>
  readonly #server = createServer((near) => {
    this.#to().then(
      (port) => this.#forward(near, port),
      () => near.destroy(),
    )
  })
  readonly #sockets = new Set<Socket>()
  #counts: (statement: string) => boolean = () => true
  #strike: Strike | undefined
  statements: string[] = []
  struck = false

  constructor(to: () => Promise<number>) {
    this.#to = to
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  watch(counts: (statement: string) => boolean, strike?: Strike): void {
    this.#counts = counts
    this.#strike = strike
    this.statements = []
    this.struck = false
  }

  async close(): Promise<void> {
    this.#drop()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #drop(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
  }

  #deal(strike: Strike): void {
    if (this.struck) return
    this.struck = true
    strike.kill()
    this.#drop()
  }

  #forward(near: Socket, to: number): void {
    const far = connect(to, '127.0.0.1')
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      // A message goes on at once: waiting for more would cost 40 ms each.
      socket.setNoDelay(true)
      // One that is lost is told to the other by its end.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    const statements = new StatementReader()
    const fromNear = new FrameReader(true)
    const fromFar = new FrameReader(false)
    let awaited: Strike | undefined
    near.on('data', (chunk: Buffer) => {
      for (const frame of fromNear.take(chunk)) {
        if (frame.letter === '' && asksForEncryption(frame.body)) {
          near.write('N')
          continue
        }
        const strike = this.#count(statements.take(frame))
        if (strike?.half === 'before') return this.#deal(strike)
        awaited ??= strike
        if (strike?.half === 'during') setTimeout(() => this.#deal(strike), duringMs)
        far.write(frame.bytes)
      }
    })
    far.on('data', (chunk: Buffer) => {
      const frames = fromFar.take(chunk)
      if (awaited === undefined) near.write(chunk)
      else if (frames.some(({ letter }) => letter === 'Z')) this.#deal(awaited)
    })
  }

  /** The strike, where this is the statement that it is for. */
  #count(statement: string | undefined): Strike | undefined {
    if (statement === undefined || this.struck || !this.#counts(statement)) return undefined
    this.statements.push(statement)
    return this.#strike?.at === this.statements.length ? this.#strike : undefined
  }
}
